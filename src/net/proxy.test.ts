import { expect, test } from "vitest";
import { UsageError } from "../errors.js";
import { proxyFor } from "./proxy.js";

const HTTPS = new URL("https://huggingface.co/api");
const HTTP = new URL("http://mirror.example/api");

test.each([
  [{}, undefined],
  [{ HTTPS_PROXY: "127.0.0.1:8080" }, "http://127.0.0.1:8080/"],
  [{ HTTPS_PROXY: "  proxy\n" }, "http://proxy/"],
  [{ HTTPS_PROXY: "HTTP://Proxy.Example:3128/" }, "http://proxy.example:3128/"],
  [{ HTTPS_PROXY: "https://proxy:8443" }, "https://proxy:8443/"],
  [{ HTTPS_PROXY: "[::1]:8080" }, "http://[::1]:8080/"],
  [{ HTTPS_PROXY: "socks5h://proxy:1080" }, "socks5://proxy:1080"],
  [{ ALL_PROXY: "socks://proxy:1080/" }, "socks5://proxy:1080"],
  [{ https_proxy: "small", HTTPS_PROXY: "large" }, "http://small/"],
  [{ https_proxy: "", HTTPS_PROXY: "large" }, "http://large/"],
  [{ all_proxy: "all", HTTPS_PROXY: "large" }, "http://large/"],
  [{ all_proxy: "all", ALL_PROXY: "large" }, "http://all/"],
  [{ HTTP_PROXY: "::not an address::" }, undefined],
  [{ HTTPS_PROXY: "::not an address::", NO_PROXY: "huggingface.co" }, undefined],
  [{ HTTPS_PROXY: "proxy", no_proxy: "other.example", NO_PROXY: "huggingface.co" }, "http://proxy/"],
])("for an https address, %j means %s", (env, address) => {
  expect(proxyFor(HTTPS, env)?.address.href).toBe(address);
});

test.each([
  [{ http_proxy: "proxy:1" }, "http_proxy"],
  [{ HTTP_PROXY: "proxy:1" }, "HTTP_PROXY"],
  [{ HTTPS_PROXY: "#", ALL_PROXY: "proxy" }, "ALL_PROXY"],
  [{ HTTP_PROXY: "proxy:1", REQUEST_METHOD: "GET" }, undefined],
])("for an http address, %j is read from %s", (env, variable) => {
  expect(proxyFor(HTTP, env)?.variable).toBe(variable);
});

test.each([
  ["me:secret", "me", "secret"],
  ["me", "me", ""],
  [":secret", "", "secret"],
  ["me:a%23b%2Fc%40d", "me", "a#b/c@d"],
  ["me:50%", "me", "50%"],
  ["me:%zz%41", "me", "%zzA"],
  ["DOMAIN\\me:a:b", "DOMAIN\\me", "a:b"],
  ["me@company:p@ss", "me@company", "p@ss"],
  ["ich:gehéim&[]^", "ich", "gehéim&[]^"],
])("user %s", (user, username, password) => {
  for (const scheme of ["http://", "socks5://", ""]) {
    const proxy = proxyFor(HTTPS, { HTTPS_PROXY: `${scheme}${user}@proxy:8080` });
    expect([proxy?.username, proxy?.password, proxy?.address.host]).toEqual([username, password, "proxy:8080"]);
    expect(proxy?.address.href).not.toContain("@");
  }
});

test.each([
  ["http://me:se#cret@proxy:8080", /^HTTPS_PROXY: expected special characters .* as their codes \(# is %23/],
  ["me:se/cret@proxy:8080", /^HTTPS_PROXY: expected special characters/],
  ["http://me:se?cret@proxy:8080", /^HTTPS_PROXY: expected special characters/],
  ["http://me:se cret@proxy:8080", /^HTTPS_PROXY: expected special characters/],
  ["http://me:secret@", /^HTTPS_PROXY: expected the address of a proxy such as/],
  ["http://me:secret@:8080", /^HTTPS_PROXY: expected the address/],
  ["http://me:secret@proxy:99999", /^HTTPS_PROXY: expected the address/],
  ["http://me:secret@proxy:secret", /^HTTPS_PROXY: expected the address/],
  ["http://me:secret@pro xy", /^HTTPS_PROXY: expected the address/],
  ["http://", /^HTTPS_PROXY: expected the address/],
  ["http://proxy:0", /^HTTPS_PROXY: expected the address/],
  ["http://[::1", /^HTTPS_PROXY: expected the address/],
  ["http://secret%", /^HTTPS_PROXY: expected the address/],
  ["socks4://me:secret@proxy", /^HTTPS_PROXY: expected a proxy of the kind .*, got socks4$/],
  ["ftp://proxy", /, got ftp$/],
  ["file:///etc/proxy", /, got file$/],
])("%s is refused without its password", (text, message) => {
  const refuse = () => proxyFor(HTTPS, { HTTPS_PROXY: text });
  expect(refuse).toThrow(UsageError);
  expect(refuse).toThrow(message);
  expect(refuse).not.toThrow(/cret/);
});
