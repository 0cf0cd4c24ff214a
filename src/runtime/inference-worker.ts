/**
 * Main module of the inference process. ONNX Runtime is loaded here and nowhere else in the program: its `run()` blocks the event
 * loop, and a crash of it would take the program with it.
 */
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { READY, type RequestMessage } from "./protocol.js";
import { SessionHost } from "./session-host.js";

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

/** V8 puts off collecting arrays that have been sent, and a process that lives long would keep tens of megabytes of them. */
const COLLECT_EVERY_MS = 1000;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
let lastCollection = performance.now();

process.send?.(READY);
const host = new SessionHost(peakBytes);
process.on("message", (message) => {
  host.answer(message as RequestMessage, (reply) => {
    process.send?.(reply);
    if (performance.now() - lastCollection > COLLECT_EVERY_MS) {
      collect();
      lastCollection = performance.now();
    }
  });
});
