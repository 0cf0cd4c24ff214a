/** A worker in a process of its own, spoken to by the process that started it; it ends with that one. */
import { reasonOf } from "../../errors.js";
import type { FromWorker, ToWorker } from "../crew/worker-messages.js";
import { Worker } from "./worker.js";
import { workerSettingsSchema } from "./worker-settings.js";

const settings = workerSettingsSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
const worker = new Worker(settings);
const running = new Map<string, AbortController>();

function send(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    // What cannot be sent has nobody left to hear it: the process ends by its own "disconnect".
    process.send?.(message, undefined, undefined, () => {
      resolve();
    });
  });
}

async function begin({ assignment }: Extract<ToWorker, { type: "assign" }>): Promise<void> {
  const { job } = assignment;
  const stop = new AbortController();
  running.set(job, stop);
  await worker.run(assignment, (report) => send({ type: "report", job, report }), stop.signal);
  running.delete(job);
  await send({ type: "free", warmth: worker.warmth });
}

process.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "assign":
      void begin(message);
      return;
    case "cancel":
      running.get(message.job)?.abort();
      return;
    case "close":
      void worker.close().then(() => process.exit(0));
      return;
  }
});
process.on("disconnect", () => process.exit(0));
// A signal to the whole group is the parent's to act on: it lets what runs come to its end.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

if (settings.preload) {
  await worker.preload().catch((thrown: unknown) => send({ type: "trouble", message: reasonOf(thrown) }));
}
await send({ type: "free", warmth: worker.warmth });
