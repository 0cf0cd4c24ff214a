/**
 * Main module of the inference process: opens sessions, runs them, releases them, one request at a time. It is the only module
 * that loads ONNX Runtime, whose `run()` blocks the event loop and whose crash would take the program with it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { reasonOf } from "../errors.js";
import { describeEngine, probeDevice } from "./device-probe.js";
import type { Feed, Feeds, Reply, ReplyMessage, Request, RequestMessage, SessionSettings } from "./protocol.js";

const sessions = new Map<number, InferenceSession>();
const profiled = new Set<number>();
let opened = 0;

async function open(model: Uint8Array, settings: SessionSettings): Promise<Reply> {
  const session = await InferenceSession.create(model, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: settings.optimization,
    intraOpNumThreads: settings.threads,
    enableMemPattern: settings.memoryPattern,
    logSeverityLevel: 3,
    ...(settings.profileFolder === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: join(settings.profileFolder, `session-${opened}`) }),
    extra: { "session.model_external_initializers_file_folder_path": settings.externalDataRoot },
  });
  sessions.set(opened, session);
  if (settings.profileFolder !== undefined) {
    profiled.add(opened);
  }
  return { session: opened++ };
}

async function run(id: number, feeds: Feeds): Promise<Reply> {
  const inputs = Object.entries(feeds).map(([name, feed]) => [name, toTensor(feed)] as const);
  const results = await sessionOf(id).run(Object.fromEntries(inputs));
  const outputs = Object.entries(results).map(([name, result]) => [name, fromTensor(name, result)] as const);
  return { outputs: Object.fromEntries(outputs) };
}

async function release(id: number): Promise<Reply> {
  if (profiled.delete(id)) {
    sessionOf(id).endProfiling();
  }
  await sessionOf(id).release();
  sessions.delete(id);
  return { released: true };
}

function handle(request: Request): Promise<Reply> {
  switch (request.kind) {
    case "open":
      return open(request.model, request.settings);
    case "run":
      return run(request.session, request.feeds);
    case "release":
      return release(request.session);
    case "describe":
      return Promise.resolve(describeEngine());
    case "probe":
      return probeDevice(request.model, request.device);
  }
}

function sessionOf(id: number): InferenceSession {
  const session = sessions.get(id);
  if (session === undefined) {
    throw new Error(`internal: no session ${id}`);
  }
  return session;
}

function toTensor({ data, shape }: Feed): Tensor {
  return data instanceof Float32Array ? new Tensor("float32", data, shape) : new Tensor("int64", data, shape);
}

function fromTensor(name: string, { data, dims }: Tensor): Feed {
  if (data instanceof Float32Array || data instanceof BigInt64Array) {
    return { shape: dims, data };
  }
  throw new Error(`internal: output ${name} is neither float32 nor int64`);
}

async function answer({ id, request }: RequestMessage): Promise<void> {
  let result: ReplyMessage["result"];
  try {
    result = { ok: true, reply: await handle(request) };
  } catch (error) {
    result = { ok: false, reason: reasonOf(error) };
  }
  const message: ReplyMessage = { id, result, peakBytes: peakBytes() };
  process.send?.(message);
}

/** Linux counts the parent's memory at the fork into `maxRSS`, so the peak is read where it begins with this program. */
function peakBytes(): number {
  if (process.platform === "linux") {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kilobytes !== undefined) {
      return Number(kilobytes) * 1024;
    }
  }
  return process.resourceUsage().maxRSS * 1024;
}

// Ctrl-C reaches the whole foreground group; the parent decides when this process stops.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
new Worker(new URL("./orphan-watch.js", import.meta.url), { workerData: { parent: process.ppid } }).unref();

let queue = Promise.resolve();
process.on("message", (message) => {
  queue = queue.then(() => answer(message as RequestMessage));
});
