/**
 * Ends the inference process when its parent is gone. It runs on a thread of its own, since the main thread sees nothing while
 * a network runs, which can take minutes. Nobody waits for the process then, so a hard end is right: ending a thread inside
 * a run would abort with a core dump.
 */
import { workerData } from "node:worker_threads";

const CHECK_EVERY_MS = 500;
const { parent } = workerData as { readonly parent: number };

setInterval(() => {
  if (process.ppid !== parent) {
    process.kill(process.pid, "SIGKILL");
  }
}, CHECK_EVERY_MS);
