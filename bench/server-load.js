/* global fetch */
// Many clients at once: how long the server takes to answer while it computes, and what it adds to the computing.
//
//   npm run build && node bench/server-load.js [--clients 200] [--steps 5]
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Kandinsky3 } from "../dist/index.js";

const { values } = parseArgs({
  options: { clients: { type: "string", default: "200" }, steps: { type: "string", default: "5" } },
});
const [clients, steps] = [values.clients, values.steps].map(Number);
const data = await mkdtemp(join(tmpdir(), "kandinsky3-load-"));
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

function more(seconds, plain) {
  return `${((seconds / plain - 1) * 100).toFixed(1)} %`;
}

function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Seconds that so many images take on a warm pipe, without a server. */
async function alone() {
  const pipe = await Kandinsky3.fromPretrained();
  const paint = (seed) => pipe.textToImage({ prompt: "a red house", seed, numInferenceSteps: steps });
  await paint(0);
  const start = performance.now();
  for (let seed = 1; seed <= clients; seed++) {
    await (await paint(seed)).images[0].encode("png");
  }
  const seconds = (performance.now() - start) / 1000;
  await pipe.close();
  return seconds;
}

/** A server that has made its first picture, and how to ask it. */
async function started(name) {
  const folder = join(data, name);
  const server = spawn(process.execPath, [main, "serve", "--port", "0", "--data", folder, "--preload", "--quiet"]);
  const address = await new Promise((resolve) => {
    server.stdout.on("data", (chunk) => resolve(/http:\S+/.exec(String(chunk))[0]));
  });
  const ask = async (seed) => {
    const body = JSON.stringify({ prompt: "a red house", seed, steps });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${address}/v1/jobs`, { method: "POST", headers, body });
    return (await response.json()).id;
  };
  const watch = async (id) => (await fetch(`${address}/v1/jobs/${id}/events`)).text();
  await watch(await ask(0));
  const start = (performance.timeOrigin + performance.now()) / 1000;
  const close = async () => {
    const { data: jobs } = await (await fetch(`${address}/v1/jobs?limit=200&status=completed`)).json();
    server.kill("SIGTERM");
    await new Promise((resolve) => server.on("exit", resolve));
    return Math.max(...jobs.map(({ completed }) => completed)) - start;
  };
  return { address, ask, watch, close };
}

/** All jobs are handed in, and nobody asks for anything but the end: what the server itself adds. */
async function queued() {
  const { ask, watch, close } = await started("queued");
  let last;
  for (let seed = 1; seed <= clients; seed++) {
    last = await ask(seed);
  }
  await watch(last);
  return close();
}

/** Each client asks for its job every second. Clients compute on the same processor as the server and the networks. */
async function polled() {
  const { address, ask, close } = await started("polled");
  const waits = [];
  const client = async (seed) => {
    const id = await ask(seed);
    // Clients are not in step with each other.
    await sleep((1000 * seed) / clients);
    for (;;) {
      const asked = performance.now();
      const { status } = await (await fetch(`${address}/v1/jobs/${id}`)).json();
      waits.push(performance.now() - asked);
      if (status !== "queued" && status !== "running") {
        return { id, status };
      }
      await sleep(1000);
    }
  };
  const ended = await Promise.all(Array.from({ length: clients }, (_, index) => client(index + 1)));
  return {
    seconds: await close(),
    waits,
    completed: ended.filter(({ status }) => status === "completed").length,
    ids: new Set(ended.map(({ id }) => id)).size,
  };
}

try {
  const plain = await alone();
  const behind = await queued();
  const { seconds, waits, completed, ids } = await polled();
  console.log(`${clients} clients, ${steps} steps: ${completed} jobs completed, ${ids} different ones`);
  console.log(
    `computing alone ${plain.toFixed(1)} s; the server's queue ${behind.toFixed(1)} s (${more(behind, plain)}); while all ask every second ${seconds.toFixed(1)} s (${more(seconds, plain)})`,
  );
  console.log(
    `GET of a job, ${waits.length} times: median ${percentile(waits, 0.5).toFixed(1)} ms, p95 ${percentile(waits, 0.95).toFixed(1)} ms`,
  );
} finally {
  await rm(data, { recursive: true, force: true });
}
