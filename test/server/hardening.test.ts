/** Clients that are slow, many, large or not what they say: they get a refusal, and the others an answer as quickly as ever. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder } from "../jobs/open-jobs.js";
import { FakeCrew } from "../jobs/fake-crew.js";
import { startCli } from "../cli/run-cli.js";
import { post, startApp } from "./start-app.js";

const IDLE = 10_000;
const MEGABYTE = 2 ** 20;

interface ErrorBody {
  readonly error: { readonly message: string; readonly param: string | null };
}

async function refusal(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as ErrorBody).error.message];
}

/** A server in a process of its own. */
async function serve(): Promise<{ readonly port: number; readonly host: string; readonly pid: number }> {
  const running = startCli(await scratchFolder(), ["serve", "--port", "0", "--data", "data", "--quiet"]);
  onTestFinished(async () => {
    running.child.kill("SIGTERM");
    await running.outcome;
  });
  const [chunk] = (await once(running.child.stdout ?? expect.fail("no output"), "data")) as [Buffer];
  const { hostname, port } = new URL(/http:\S+/.exec(chunk.toString())?.[0] ?? expect.fail(chunk.toString()));
  return { host: hostname, port: Number(port), pid: running.child.pid ?? expect.fail("no process") };
}

/** The longest of some answers, in milliseconds. */
async function slowest(host: string, port: number): Promise<number> {
  let longest = 0;
  for (let turn = 0; turn < 20; turn++) {
    const start = performance.now();
    expect((await fetch(`http://${host}:${port}/health`)).status).toBe(200);
    longest = Math.max(longest, performance.now() - start);
  }
  return longest;
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

test("bodies and fields of any content are refused with a sentence, and are no fault of the server", async () => {
  const { address } = await startApp({}, new FakeCrew());
  const url = `${address}/v1/images/edits`;
  const form = (headers: Record<string, string>, body: string): Promise<Response> =>
    fetch(url, { method: "POST", headers, body });
  expect(await refusal(await form({ "content-type": "multipart/form-data" }, "a"))).toEqual([
    400,
    expect.stringMatching(/^the body: cannot be read as multipart\/form-data: /),
  ]);
  const open = { "content-type": "multipart/form-data; boundary=x" };
  for (const body of ["", "--x", "--x\r\n\r\n", '--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na']) {
    expect((await form(open, body)).status, JSON.stringify(body)).toBe(400);
  }
  const odd = new FormData();
  for (const name of ["__proto__", "constructor", "toString", "../../x", "a\u0000b"]) {
    odd.append(name, '{"a": 1}');
  }
  odd.append("prompt", "a");
  expect((await fetch(url, { method: "POST", body: odd })).status).toBe(400);
  const named = (await (
    await post(address, "/v1/jobs", '{"prompt": "a", "constructor": 1, "toString": 2}')
  ).json()) as {
    warnings: string[];
  };
  expect(named.warnings.join()).toMatch(/"constructor".*"toString"/);
  for (const body of [
    '{"__proto__": {"a": 1}}',
    '{"prompt": 1e400}',
    '{"prompt"',
    "[]",
    "null",
    '"a"',
    "{".repeat(9999),
  ]) {
    expect((await post(address, "/v1/jobs", body)).status, body.slice(0, 40)).toBe(400);
  }
  for (const body of [
    '{"prompt": "a", "width": 1e400}',
    '{"prompt": "a", "seed": 1e30}',
    '{"prompt": "a", "n": -0.5}',
  ]) {
    expect((await post(address, "/v1/jobs", body)).status, body).toBe(400);
  }
  const deep = `{"prompt": "a", "x": ${"[".repeat(5000)}${"]".repeat(5000)}}`;
  for (const path of ["/v1/jobs", "/v1/plan", "/v1/images/generations", "/v1/images/edits", "/sdapi/v1/txt2img"]) {
    expect((await post(address, path, deep)).status, path).toBe(400);
  }
  const wrong = { "content-type": "application/json; charset=utf-7" };
  expect((await post(address, "/v1/jobs", Buffer.from([0x7b, 0xff, 0xfe]).toString("latin1"), wrong)).status).toBe(400);
});

test("ranges, and pictures that are not there, are answered as the document says", async () => {
  const { address } = await startApp({}, new FakeCrew());
  expect((await fetch(`${address}/v1/images/${encodeURIComponent("../../etc/passwd")}`)).status).toBe(404);
  expect((await fetch(`${address}/v1/images/%F2%B7%A0`)).status).toBeLessThan(500);
  expect((await fetch(`${address}/v1/images/%00`)).status).toBe(404);
});

test(
  "a sampler that the model has no part for is the client's mistake, and no path of the server is told",
  { timeout: 60_000 },
  async () => {
    const { address } = await startApp();
    const response = await post(address, "/v1/images/generations", { prompt: "a", sampler: "flash", steps: 4 });
    const body = (await response.clone().json()) as ErrorBody;
    expect([response.status, body.error.param]).toEqual([400, "sampler"]);
    expect(body.error.message).toMatch(/^sampler: got flash, which needs/);
    expect(await response.text()).not.toContain(process.cwd());
  },
);

test("who sends a byte now and then, or nothing at all, keeps nobody waiting", { timeout: 120_000 }, async () => {
  const { host, port, pid } = await serve();
  await slowest(host, port);
  const before = memoryOf(pid);
  const sockets: Socket[] = [];
  onTestFinished(() => {
    sockets.forEach((socket) => socket.destroy());
  });
  for (let index = 0; index < IDLE; index++) {
    const socket = connect(port, host);
    socket.on("error", () => undefined);
    socket.resume();
    sockets.push(socket);
    if (index % 200 === 199) {
      await once(socket, "connect");
    }
    if (index % 10 === 0) {
      socket.write(
        "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nContent-Type: application/json\r\n\r\n{",
      );
    } else if (index % 10 === 1) {
      socket.write("GET / HTT");
    }
  }
  await sleep(500);
  expect(sockets.filter(({ readyState }) => readyState === "open").length).toBeGreaterThan(IDLE * 0.9);
  expect(await slowest(host, port)).toBeLessThan(200);
  expect(memoryOf(pid) - before).toBeLessThan(400 * MEGABYTE);
  // Headers have to be here after fifteen seconds.
  await expect
    .poll(() => sockets.filter((socket, index) => index % 10 === 1 && socket.readyState === "open").length, {
      timeout: 40_000,
      interval: 500,
    })
    .toBe(0);
});

test("bodies of a hundred megabytes and more hold up nobody, and are not kept", { timeout: 120_000 }, async () => {
  const { host, port, pid } = await serve();
  await slowest(host, port);
  const large = Buffer.alloc(100 * MEGABYTE, "a");
  const sent = [1, 2, 3].map(() =>
    fetch(`http://${host}:${port}/v1/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: Buffer.concat([Buffer.from('{"prompt": "'), large, Buffer.from('"}')]),
    }),
  );
  const longest = await slowest(host, port);
  expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([400, 400, 400]);
  // Bodies are read as JSON on the same thread.
  expect(longest).toBeLessThan(1500);
  const beyond = await fetch(`http://${host}:${port}/v1/jobs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: Buffer.concat([large, large]),
  }).catch((thrown: unknown) => thrown);
  expect(beyond instanceof Response ? beyond.status : 413).toBe(413);
  execFileSync("sleep", ["1"]);
  expect(memoryOf(pid)).toBeLessThan(1500 * MEGABYTE);
  expect(await slowest(host, port)).toBeLessThan(200);
});
