/** What a worker's report changes: all of it is kept in one transaction, or nothing. */
import type { JsonObject } from "../image/metadata/metadata.js";
import type { Report } from "./crew/crew.js";
import type { Job, JobError, JobEventType, Progress } from "./job.js";
import { inTransaction } from "./store/database.js";
import type { JobChange } from "./store/jobs-table.js";
import type { WrittenPicture } from "./picture.js";
import type { Store } from "./store/store.js";

/** A job whose work died so often is not tried again. */
const MOST_CRASHES = 2;

/** Changes a job and tells what happened, together. */
export function record(
  store: Store,
  job: string,
  change: JobChange,
  event?: JobEventType,
  data: JsonObject = {},
): void {
  inTransaction(store.database, () => {
    store.jobs.change(job, change);
    if (event !== undefined) {
      store.events.add(job, event, data, Date.now());
    }
  });
}

/** Keeps what a report says of a running job. Throws `StoreError` where it cannot be kept at the moment; then nothing is changed. */
export async function keepReport(store: Store, job: Job, report: Report): Promise<void> {
  switch (report.type) {
    case "settings":
      record(store, job.id, { settings: report.settings });
      return;
    case "note":
      record(store, job.id, { notes: [...job.notes, report.message] });
      return;
    case "progress":
      record(store, job.id, { progress: report.progress }, "job.progress", progressJson(report.progress));
      return;
    case "preview":
      record(store, job.id, {}, "job.preview", {
        step: report.step,
        images: report.images.map(({ bytes, mime, width, height }) => ({
          b64_json: Buffer.from(bytes).toString("base64"),
          mime,
          width,
          height,
        })),
      });
      return;
    case "completed":
      await keepPictures(store, job, report);
      return;
    case "failed":
      fail(store, job.id, report.error);
      return;
    case "cancelled":
      record(store, job.id, { status: "cancelled", completed: Date.now() }, "job.cancelled");
      return;
    case "lost":
      afterCrash(store, job, report.reason);
      return;
    case "returned":
      requeue(store, job.id, job.crashes);
      return;
  }
}

/** Back into the queue, as if it had not begun. */
export function requeue(store: Store, job: string, crashes: number): void {
  record(store, job, { status: "queued", started: undefined, progress: undefined, crashes }, "job.queued");
}

export function fail(store: Store, job: string, error: JobError): void {
  record(store, job, { status: "failed", completed: Date.now(), error }, "job.failed");
}

function afterCrash(store: Store, job: Job, reason: string): void {
  const crashes = job.crashes + 1;
  if (crashes < MOST_CRASHES) {
    requeue(store, job.id, crashes);
    return;
  }
  const message = `its work ended without a result ${crashes} times; the last time: ${reason}`;
  record(
    store,
    job.id,
    { status: "failed", completed: Date.now(), error: { kind: "crashed", message }, crashes },
    "job.failed",
  );
}

/** Files first: a kill in between leaves files without rows, which the next start removes, and the job runs again. */
async function keepPictures(
  store: Store,
  job: Job,
  { pictures, settings }: Extract<Report, { type: "completed" }>,
): Promise<void> {
  const prompt = typeof job.fields.prompt === "string" ? job.fields.prompt : "";
  const written: WrittenPicture[] = [];
  try {
    for (const picture of pictures) {
      written.push(await store.pictures.write({ ...picture, owner: job.owner, prompt }));
    }
    const now = Date.now();
    inTransaction(store.database, () => {
      for (const [position, picture] of written.entries()) {
        picture.insert(job.id, position, now);
      }
      store.jobs.change(job.id, { status: "completed", completed: now, settings, progress: undefined });
      store.events.add(job.id, "job.completed", {}, now);
    });
  } catch (thrown) {
    await Promise.all(written.map(({ id }) => store.pictures.removeFile(id)));
    throw thrown;
  }
}

/** As the interface writes it. */
export function progressJson({ phase, step, steps, secondsPerStep, secondsLeft, download }: Progress): JsonObject {
  return {
    phase,
    step,
    steps,
    seconds_per_step: secondsPerStep ?? null,
    seconds_left: secondsLeft ?? null,
    ...(download === undefined
      ? {}
      : {
          bytes: download.bytes,
          bytes_done: download.bytesDone,
          bytes_per_second: download.bytesPerSecond ?? null,
        }),
  };
}
