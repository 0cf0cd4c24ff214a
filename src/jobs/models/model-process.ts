/** One task about models after the other, in a process of its own; it ends with the one that started it. */
import { KandinskyError, reasonOf } from "../../errors.js";
import { packageVersion } from "../../files/package-info.js";
import { HubClient } from "../../hub/download/client.js";
import type { PullEvent } from "../../hub/download/fetch-files.js";
import { hubEnvironment } from "../../hub/environment.js";
import { pullModel } from "../../hub/pull-model.js";
import { sizeOf } from "../../hub/download/fetch-files.js";
import { verifyModel } from "../../hub/verify-model.js";
import { speedHere } from "../../planning/machine-speed.js";
import { describe } from "./describe.js";
import { DownloadMeter } from "./download-meter.js";
import { estimate, type MeasuredHere } from "./estimate.js";
import type { FromModelProcess, ResultOf, TaskName, TaskOf, ToModelProcess } from "./model-tasks.js";

const PROGRESS_MS = 250;

const stop = new AbortController();
/** Machines do not change: measured once by each process. */
const speeds = new Map<number | undefined, Promise<MeasuredHere>>();

function send(message: FromModelProcess): void {
  // What cannot be sent has nobody left to hear it: the process ends by its own "disconnect".
  process.send?.(message, undefined, undefined, () => undefined);
}

function openClient(): HubClient {
  return new HubClient({
    environment: hubEnvironment(),
    userAgent: `kandinsky3/${packageVersion()}`,
    signal: stop.signal,
    onRetry: (reason) => {
      send({ type: "note", message: `${reason}; trying again` });
    },
  });
}

const DO: { readonly [Name in TaskName]: (task: TaskOf<Name>) => Promise<ResultOf<Name>> } = {
  estimate: async ({ place, fields, threads }) => {
    await using client = openClient();
    return await estimate({ place, fields, client, speed: () => speedOf(threads) });
  },
  describe: ({ place }) => describe(place),
  verify: async ({ repository, revision }) => {
    await using client = openClient();
    const { verdicts } = await verifyModel(client, repository, { revision });
    return { files: verdicts };
  },
  pull: async ({ repository, revision, variant }) => {
    await using client = openClient();
    const meter = new DownloadMeter();
    let told = -Infinity;
    const onEvent = (event: PullEvent): void => {
      meter.hear(event);
      if (event.type === "notice") {
        send({ type: "note", message: event.message });
      }
      if (performance.now() - told >= PROGRESS_MS) {
        told = performance.now();
        send({ type: "progress", progress: meter.read() });
      }
    };
    const { commit, files } = await pullModel(client, repository, { revision, variant, onEvent });
    return { repository, commit, files: files.length, bytes: sizeOf(files) };
  },
};

async function measured(threads: number | undefined): Promise<MeasuredHere> {
  const notes: string[] = [];
  const note = (message: string): void => void notes.push(message);
  const speed = await speedHere(threads, { onNote: note, onUnmeasured: note });
  return { speed, notes };
}

function speedOf(threads: number | undefined): Promise<MeasuredHere> {
  const known = speeds.get(threads) ?? measured(threads);
  speeds.set(threads, known);
  known.catch(() => speeds.delete(threads));
  return known;
}

process.on("message", ({ type, task }: ToModelProcess) => {
  // The name of a task says what it is.
  const work = DO[type] as (one: typeof task) => Promise<unknown>;
  work(task).then(
    (result) => {
      send({ type: "result", result });
    },
    (thrown: unknown) => {
      const known = thrown instanceof KandinskyError ? thrown : undefined;
      send({ type: "error", code: known?.code, message: reasonOf(thrown), options: known?.options ?? [] });
    },
  );
});
process.on("disconnect", () => process.exit(0));
// A signal to the whole group is the parent's to act on; the one that it sends itself stops the task, and what was fetched is kept.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => {
  stop.abort();
});
