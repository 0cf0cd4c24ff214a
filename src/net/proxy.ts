/**
 * Which proxy an address is fetched through. Names and forms are those that curl reads: `https_proxy` before `HTTPS_PROXY`, then
 * `all_proxy`; `host:port` means http. A variable is looked at only where it is used. Reference: curl(1), "Environment".
 */
import { UsageError } from "../errors.js";
import { isExempt } from "./no-proxy.js";
import { type Environment, setting } from "./settings.js";

export interface Proxy {
  /** The variable that names it. */
  readonly variable: string;
  /** Its address without user name and password. */
  readonly address: URL;
  readonly username: string;
  readonly password: string;
}

/** What the connection understands instead of the scheme that people write. */
const SCHEMES = new Map([
  ["http", "http"],
  ["https", "https"],
  // The proxy resolves the host's name in each of these.
  ["socks", "socks5"],
  ["socks5", "socks5"],
  ["socks5h", "socks5"],
]);

/** The proxy for an address; `undefined` for a direct connection. Throws `UsageError` for a variable that cannot be used. */
export function proxyFor(url: URL, env: Environment): Proxy | undefined {
  const https = url.protocol === "https:";
  // Under CGI, HTTP_PROXY is a header that a stranger sent.
  const http = env["REQUEST_METHOD"] === undefined ? ["http_proxy", "HTTP_PROXY"] : ["http_proxy"];
  const given = setting(env, ...(https ? ["https_proxy", "HTTPS_PROXY"] : http), "all_proxy", "ALL_PROXY");
  if (given === undefined || isExempt(url, setting(env, "no_proxy", "NO_PROXY")?.value ?? "")) {
    return undefined;
  }
  return parseProxy(given.name, given.value);
}

/** No message repeats the text: it may hold a password. */
function parseProxy(variable: string, text: string): Proxy {
  const [, written = "http", rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  const scheme = SCHEMES.get(written.toLowerCase());
  if (scheme === undefined) {
    throw new UsageError(`${variable}: expected a proxy of the kind http, https, socks5 or socks5h, got ${written}`);
  }
  const at = rest.lastIndexOf("@");
  const user = rest.slice(0, Math.max(at, 0));
  const place = rest.slice(at + 1);
  if (/[/?#\s]/.test(user)) {
    throw new UsageError(
      `${variable}: expected special characters of the user name and password as their codes (# is %23, / is %2F, ? is %3F, a space is %20), got them as they are`,
    );
  }
  // The URL of http: schemes that it does not know are not checked by it.
  const checked = `http://${place}`;
  const host = /^[^/?#]*/.exec(place)?.[0] ?? "";
  if (!URL.canParse(checked) || /[\s\\]/.test(place) || host === "" || /:0*$/.test(host)) {
    throw new UsageError(
      `${variable}: expected the address of a proxy such as http://127.0.0.1:8080, got something else`,
    );
  }
  const colon = user.indexOf(":");
  return {
    variable,
    address: new URL(`${scheme}://${host}`),
    username: decoded(colon < 0 ? user : user.slice(0, colon)),
    password: colon < 0 ? "" : decoded(user.slice(colon + 1)),
  };
}

/** With %-codes replaced; a percent sign that begins none stands for itself, and so does what is no UTF-8. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replace(/%(?![\da-f]{2})/gi, "%25"));
  } catch {
    return text;
  }
}
