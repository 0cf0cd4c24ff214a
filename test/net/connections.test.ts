/** What the environment says about the network, tried against real proxies and servers with certificates of every kind. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { UsageError } from "../../src/errors.js";
import { ConnectionFailure } from "../../src/net/connection-failure.js";
import { Connections } from "../../src/net/connections.js";
import { AUTHORITY, EXPIRED, GOOD, type Identity, SELF_SIGNED, WRONG_HOST } from "./certificates.js";

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-net-"));
const authority = file("authority.pem", `A note.\n${AUTHORITY}`);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function secure(identity: Identity): Promise<URL> {
  return new URL(
    `https://${await listen(createHttpsServer(identity, (_request, response) => response.end("there")))}/`,
  );
}

/** A proxy that answers CONNECT with `status`, and what it was sent to prove who asks. */
async function proxy(status = 200, asked: string[] = [], identity?: Identity): Promise<string> {
  const server = identity === undefined ? createHttpServer() : createHttpsServer(identity);
  server.on("connect", (request, socket) => {
    const [scheme, text = ""] = (request.headers["proxy-authorization"] ?? "").split(" ");
    asked.push(scheme === "Basic" ? Buffer.from(text, "base64").toString() : "nobody");
    socket.on("error", () => undefined);
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const [host = "", port = ""] = (request.url ?? "").split(":");
    const target = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(socket).pipe(target);
    });
    target.on("error", () => socket.destroy());
    socket.on("close", () => target.destroy());
  });
  return listen(server);
}

/** A SOCKS5 proxy (RFC 1928, 1929) that wants this name and password, `undefined` for nobody's. */
async function socks(name?: string, password = ""): Promise<string> {
  return listen(
    createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.write(Buffer.from([5, name === undefined ? 0 : 2]));
        const open = (): void => {
          socket.once("data", (ask: Buffer) => {
            const ip = ask[3] === 1;
            const host = ip ? ask.subarray(4, 8).join(".") : ask.subarray(5, 5 + (ask[4] ?? 0)).toString();
            const target = connect(ask.readUInt16BE(ask.length - 2), host, () => {
              socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
              target.pipe(socket).pipe(target);
            });
            target.on("error", () => socket.destroy());
            socket.on("close", () => target.destroy());
          });
        };
        if (name === undefined) {
          open();
          return;
        }
        socket.once("data", (login: Buffer) => {
          const end = 2 + (login[1] ?? 0);
          const right = login.subarray(2, end).toString() === name && login.subarray(end + 1).toString() === password;
          socket.write(Buffer.from([1, right ? 0 : 1]));
          open();
        });
      });
    }),
  );
}

async function get(url: URL, env: Record<string, string> = {}): Promise<string> {
  const connections = new Connections({ env, answerTimeoutMs: 3000, silenceTimeoutMs: 3000 });
  try {
    return await (await connections.send(url, { headers: {} })).body.text();
  } finally {
    await connections.close();
  }
}

async function failure(url: URL, env: Record<string, string> = {}): Promise<Error & { lasting?: boolean }> {
  return get(url, env).then(
    () => expect.fail("an answer came"),
    (thrown: unknown) => thrown as Error,
  );
}

test.each<[string, Identity, RegExp]>([
  [
    "signs itself",
    SELF_SIGNED,
    /its certificate is not trusted here \(self-signed certificate\).*NODE_EXTRA_CA_CERTS names/,
  ],
  ["is signed by nobody known", GOOD, /its certificate is not trusted here .*NODE_EXTRA_CA_CERTS/],
])("a certificate that %s ends it and names the way out", async (_name, identity, message) => {
  const thrown = await failure(await secure(identity));
  expect(thrown).toBeInstanceOf(ConnectionFailure);
  expect([thrown.lasting, thrown.message]).toEqual([true, expect.stringMatching(message)]);
});

test.each(["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"])("%s is read, a file or a folder", async (name) => {
  const url = await secure(GOOD);
  expect(await get(url, { [name]: authority })).toBe("there");
  expect(await get(url, { [name]: folder })).toBe("there");
  for (const identity of [EXPIRED, WRONG_HOST]) {
    const thrown = await failure(await secure(identity), { [name]: authority });
    expect([thrown.lasting, thrown.message]).toEqual([true, expect.stringMatching(/its certificate is not valid/)]);
  }
});

test("NODE_EXTRA_CA_CERTS holds beside another variable", async () => {
  const env = { NODE_EXTRA_CA_CERTS: authority, SSL_CERT_FILE: file("self.pem", SELF_SIGNED.cert) };
  expect(await get(await secure(GOOD), env)).toBe("there");
  expect(await get(await secure(SELF_SIGNED), env)).toBe("there");
  expect(await get(await secure(GOOD), { ...env, NODE_EXTRA_CA_CERTS: "/nowhere" }).catch(() => "refused")).toBe(
    "refused",
  );
});

test("a file of certificates that is none names its variable, where one is needed", async () => {
  const damaged = AUTHORITY.replace(/MII.{20}/, "MIIBbad");
  const url = await secure(GOOD);
  for (const [path, message] of [
    [
      "/nowhere/ca.pem",
      /^SSL_CERT_FILE: expected a file of certificates in PEM, got \/nowhere\/ca\.pem, which cannot be read/,
    ],
    [file("empty.pem", ""), /which holds none/],
    [file("text.pem", "no certificate"), /which holds none/],
    [file("damaged.pem", damaged), /which holds a damaged one/],
  ] as const) {
    const thrown = await failure(url, { SSL_CERT_FILE: path });
    rmSync(path, { force: true });
    expect(thrown).toBeInstanceOf(UsageError);
    expect(thrown.message).toMatch(message);
  }
  const plain = await listen(createHttpServer((_request, response) => response.end("there")));
  expect(await get(new URL(`http://${plain}/`), { SSL_CERT_FILE: "/nowhere", HTTPS_PROXY: "#" })).toBe("there");
});

test("an http proxy gets user name and password as they are meant", async () => {
  const asked: string[] = [];
  const host = await proxy(200, asked);
  const env = { CURL_CA_BUNDLE: authority };
  const url = await secure(GOOD);
  for (const text of [host, `me:p%23%40ss@${host}`, `http://me@${host}`, `http://me:50%:%C3%A9@${host}/`]) {
    expect(await get(url, { ...env, HTTPS_PROXY: text })).toBe("there");
  }
  expect(await get(url, { ...env, HTTPS_PROXY: host, NO_PROXY: "127.0.0.0/8" })).toBe("there");
  expect(asked).toEqual(["nobody", "me:p#@ss", "me:", "me:50%:é"]);
});

test("a proxy that is reached by https", async () => {
  const host = await proxy(200, [], GOOD);
  const url = await secure(GOOD);
  expect(await get(url, { HTTPS_PROXY: `https://${host}`, SSL_CERT_FILE: authority })).toBe("there");
  const thrown = await failure(url, { HTTPS_PROXY: `https://${host}` });
  expect([thrown.lasting, thrown.message]).toEqual([true, expect.stringMatching(/\(HTTPS_PROXY\): its certificate/)]);
});

test.each([
  [407, true, /the proxy wants another user name and password \(407\) than HTTPS_PROXY has/],
  [403, true, /the proxy answers 403/],
  [503, false, /the proxy answers 503/],
])("a proxy that answers %d", async (status, lasting, message) => {
  const env = { HTTPS_PROXY: `me:hidden@${await proxy(status)}` };
  const thrown = await failure(new URL("https://huggingface.co"), env);
  expect([thrown.lasting, thrown.message]).toEqual([lasting, expect.stringMatching(message)]);
  expect(thrown.message).not.toContain("hidden");
});

test.each(["socks5", "socks5h", "socks"])("a proxy of %s", async (scheme) => {
  const warned = vi.spyOn(process, "emitWarning");
  const url = await secure(GOOD);
  const env = { SSL_CERT_FILE: authority };
  expect(await get(url, { ...env, ALL_PROXY: `${scheme}://${await socks()}` })).toBe("there");
  const guarded = await socks("me@firm", "p#ss");
  expect(await get(url, { ...env, HTTPS_PROXY: `${scheme}://me%40firm:p%23ss@${guarded}` })).toBe("there");
  const thrown = await failure(url, { ...env, HTTPS_PROXY: `${scheme}://me:wrong@${guarded}` });
  expect([thrown.lasting, thrown.message]).toEqual([true, expect.stringMatching(/another user name and password/)]);
  const strange = await failure(await secure(SELF_SIGNED), { HTTPS_PROXY: `${scheme}://${await socks()}` });
  expect([strange.lasting, strange.message]).toEqual([true, expect.stringMatching(/NODE_EXTRA_CA_CERTS/)]);
  expect(warned).not.toHaveBeenCalled(); // undici calls SOCKS experimental.
  expect(Reflect.get(process, "emitWarning")).toBe(warned);
});

test("hosts that are not there", async () => {
  const unknown = await failure(new URL("https://no-such-host.invalid"));
  expect(unknown.message).toMatch(/^no-such-host\.invalid cannot be reached: /);
  expect(unknown.lasting).toBe(!unknown.message.includes("EAI_AGAIN"));
  const refused = await failure(new URL("http://127.0.0.1:1"));
  expect([refused.lasting, refused.message]).toEqual([false, expect.stringMatching(/ECONNREFUSED/)]);
  const proxied = await failure(new URL("https://huggingface.co"), { https_proxy: "http://127.0.0.1:1" });
  expect(proxied.message).toMatch(
    /^huggingface\.co cannot be reached through the proxy 127\.0\.0\.1:1 \(https_proxy\): /,
  );
});

test("a server that does not speak TLS ends it", async () => {
  const plain = await listen(createHttpServer());
  expect((await failure(new URL(`https://${plain}/`))).lasting).toBe(true);
});
