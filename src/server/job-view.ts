/** Jobs and pictures as the interface shows them. */
import { z } from "zod";
import { type Job, JOB_STATUSES, JOB_TYPES, type KeptPicture } from "../jobs/job.js";
import type { Jobs } from "../jobs/jobs.js";
import type { StoredPicture } from "../jobs/picture.js";

const json = z.record(z.string(), z.unknown());
const time = z.number().nullable();

export const jobImageSchema = z.object({
  id: z.string(),
  url: z.string(),
  seed: z.string().nullable(),
  width: z.int(),
  height: z.int(),
  mime: z.string(),
});

export const jobSchema = z.object({
  id: z.string(),
  type: z.enum(JOB_TYPES),
  status: z.enum(JOB_STATUSES),
  queue_position: z.int().nullable().describe("how many jobs come before it; null unless it is queued"),
  phase: z.string().nullable(),
  step: z.int(),
  steps: z.int().nullable(),
  seconds_per_step: z.number().nullable(),
  seconds_left: z.number().nullable(),
  bytes: z.number().nullable().describe("of a download; null for images"),
  bytes_done: z.number().nullable(),
  bytes_per_second: z.number().nullable(),
  created: z.number().describe("seconds since 1970"),
  started: time,
  completed: time,
  images: z.array(jobImageSchema),
  request: json.describe("the fields that were sent"),
  settings: json.nullable().describe("everything needed to make the images again"),
  warnings: z.array(z.string()),
  error: z.object({ kind: z.string(), message: z.string() }).nullable(),
});
export type JobView = z.output<typeof jobSchema>;

export const pictureSchema = jobImageSchema.extend({
  job: z.string().nullable(),
  bytes: z.int(),
  prompt: z.string(),
  starred: z.boolean(),
  created: z.number(),
});

/** @param base what the addresses of pictures begin with */
export function viewOf(jobs: Jobs, job: Job, base: string): JobView {
  const { progress } = job;
  return {
    id: job.id,
    type: job.type,
    status: job.status,
    // A job that was waiting a moment ago may have begun since.
    queue_position: job.status === "queued" ? (jobs.positionOf(job) ?? 0) : null,
    phase: progress?.phase ?? null,
    step: progress?.step ?? (job.status === "completed" ? (stepsOf(job) ?? 0) : 0),
    steps: progress?.steps ?? stepsOf(job) ?? null,
    seconds_per_step: progress?.secondsPerStep ?? null,
    seconds_left: progress?.secondsLeft ?? null,
    bytes: progress?.download?.bytes ?? fetchedBytes(job),
    bytes_done: progress?.download?.bytesDone ?? fetchedBytes(job),
    bytes_per_second: progress?.download?.bytesPerSecond ?? null,
    created: job.created / 1000,
    started: seconds(job.started),
    completed: seconds(job.completed),
    images: job.images.map((picture) => imageView(picture, base)),
    request: { ...job.fields },
    settings: job.settings === undefined ? null : { ...job.settings },
    warnings: [...job.notes],
    error: job.error === undefined ? null : { kind: job.error.kind, message: job.error.message },
  };
}

export function imageView(
  { id, seed, width, height, mime }: KeptPicture,
  base: string,
): z.output<typeof jobImageSchema> {
  return { id, url: `${base}/v1/images/${id}`, seed: seed ?? null, width, height, mime };
}

export function pictureView(picture: StoredPicture, base: string): z.output<typeof pictureSchema> {
  const { job, bytes, prompt, starred, created } = picture;
  return { ...imageView(picture, base), job: job ?? null, bytes, prompt, starred, created: created / 1000 };
}

function stepsOf({ settings, fields }: Job): number | undefined {
  const steps = settings?.["steps"] ?? fields["steps"];
  return typeof steps === "number" ? steps : undefined;
}

/** Of a download that has come to its end. */
function fetchedBytes({ type, settings }: Job): number | null {
  const bytes = type === "pull" ? settings?.["bytes"] : undefined;
  return typeof bytes === "number" ? bytes : null;
}

function seconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : milliseconds / 1000;
}
