/** Who fetches what others name decides which hosts are asked: the first one, and every one that a redirect names. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchImage, fetchImageUnder } from "../../src/net/fetch-image.js";
import { isPublicAddress } from "../../src/net/public-address.js";

let server: Server;
let port = 0;
let asked: string[] = [];
const loopback = (address: string): boolean => address === "127.0.0.1";

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.headers.host ?? "");
    const target = /^\/to\/(.*)$/.exec(request.url ?? "")?.[1];
    response.writeHead(
      target === undefined ? 200 : 302,
      target === undefined ? {} : { location: decodeURIComponent(target) },
    );
    response.end("bytes");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
});

test.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"])(
  "%s is public",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  ...[
    "127.0.0.1",
    "127.255.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "0.0.0.0",
  ],
  ...["100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"],
  ...["fe80::1", "fc00::1", "fd12::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1"],
  ...["localhost", ""],
])("%s is not", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  "127.0.0.1",
  "localhost",
  "2130706433",
  "0x7f.1",
  "0177.0.0.1",
  "127.1",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "0",
])("http://%s is not asked where hosts must be public", async (host) => {
  asked = [];
  await expect(fetchImageUnder("public", `http://${host}:${port}/a.png?secret=1`)).rejects.toThrow(
    /^the image http:\/\/\S+\/a\.png cannot be fetched: .*is no host of the public internet/,
  );
  expect(asked).toEqual([]);
});

test("a redirect is checked as the first address is", async () => {
  asked = [];
  const to = (address: string): string => `http://127.0.0.1:${port}/to/${encodeURIComponent(address)}`;
  const rule = { allows: loopback, resolve: () => Promise.resolve([{ address: "127.0.0.2", family: 4 }]) };
  for (const target of [`http://127.0.0.2:${port}/`, `http://[::1]:${port}/`, `http://inner.test:${port}/`]) {
    await expect(fetchImage(to(target), { rule })).rejects.toThrow(/is no host of the public internet/);
  }
  expect(asked).toHaveLength(3);
  expect(Buffer.from((await fetchImage(to(`http://127.0.0.1:${port}/`), { rule })).bytes).toString()).toBe("bytes");
});

test("a name is looked up once, and what was checked is what is connected to", async () => {
  asked = [];
  let lookups = 0;
  const resolve = () => Promise.resolve([{ address: lookups++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }]);
  const { bytes } = await fetchImage(`http://changing.test:${port}/`, { rule: { allows: loopback, resolve } });
  expect(Buffer.from(bytes).toString()).toBe("bytes");
  expect([lookups, asked]).toEqual([1, [`changing.test:${port}`]]);
});

test("of several addresses one that is not allowed is enough", async () => {
  const resolve = () =>
    Promise.resolve([
      { address: "127.0.0.1", family: 4 },
      { address: "10.0.0.1", family: 4 },
    ]);
  const fetched = fetchImage(`http://mixed.test:${port}/`, { rule: { allows: loopback, resolve } });
  await expect(fetched).rejects.toThrow(/mixed\.test is no host of the public internet/);
});

test("no proxy is asked under a rule: it would look names up itself", async () => {
  const before = process.env["http_proxy"];
  process.env["http_proxy"] = "http://127.0.0.1:9";
  try {
    const { bytes } = await fetchImage(`http://127.0.0.1:${port}/`, { rule: { allows: loopback } });
    expect(bytes.length).toBe(5);
  } finally {
    if (before === undefined) {
      delete process.env["http_proxy"];
    } else {
      process.env["http_proxy"] = before;
    }
  }
});
