/** Certificates that are not trusted end a request at once, and the files that other tools are told of are read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Connections } from "../../src/net/connections.js";
import type { Environment } from "../../src/net/settings.js";
import { AUTHORITY, EXPIRED, GOOD, type Identity, SELF_SIGNED, WRONG_HOST } from "./certificates.js";

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-trust-"));
const bundle = join(folder, "authority.pem");
writeFileSync(bundle, AUTHORITY);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function ask(identity: Identity, env: Environment): Promise<number> {
  const server = createServer(identity, (_request, response) => {
    response.end("here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const connections = new Connections({ env, answerTimeoutMs: 5000, silenceTimeoutMs: 5000 });
  try {
    const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const { statusCode, body } = await connections.send(url, { headers: {} });
    await body.dump();
    return statusCode;
  } finally {
    await connections.close();
    server.closeAllConnections();
    server.close();
  }
}

test.each([
  { name: "signed by nobody known", identity: GOOD, env: {}, message: /not trusted here .*NODE_EXTRA_CA_CERTS/ },
  { name: "signed by itself", identity: SELF_SIGNED, env: {}, message: /not trusted here .*NODE_EXTRA_CA_CERTS/ },
  {
    name: "for another host",
    identity: WRONG_HOST,
    env: { SSL_CERT_FILE: bundle },
    message: /is not valid .*for this host/,
  },
  { name: "of the past", identity: EXPIRED, env: { SSL_CERT_FILE: bundle }, message: /is not valid .*expired/ },
])("a certificate $name is a failure that waiting does not heal", async ({ identity, env, message }) => {
  const failure: unknown = await ask(identity, env).catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ lasting: true });
  expect(String(failure)).toMatch(message);
});

test.each(["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])("%s is read", async (name) => {
  expect(await ask(GOOD, { [name]: bundle })).toBe(200);
});
