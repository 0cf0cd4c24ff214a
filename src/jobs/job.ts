/** What a job is: one request for images, from its first second to its last picture. */
import type { JsonObject } from "../image/metadata/metadata.js";
import type { Phase } from "../pipeline/events.js";

export const JOB_STATUSES = ["queued", "running", "completed", "failed", "cancelled"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** What a job does: it makes images, or brings a model into the cache. */
export const JOB_TYPES = ["images", "pull"] as const;
export type JobType = (typeof JOB_TYPES)[number];

/**
 * Why a job failed: what was asked is wrong (`invalid_request`), the operator's limits or word filter forbid it (`limit`, `filtered`),
 * the model cannot be used (`model`), its work died twice (`crashed`), or it failed while working (`failed`).
 */
export type JobErrorKind = "invalid_request" | "limit" | "filtered" | "model" | "crashed" | "failed";

export interface JobError {
  readonly kind: JobErrorKind;
  readonly message: string;
  /** Fields of the request that the message is about, in snake case. */
  readonly fields?: readonly string[];
}

/** A picture that a job made, or that was uploaded for one. */
export interface KeptPicture {
  readonly id: string;
  /** As decimal text, since seeds have 64 bits; none of an upload. */
  readonly seed: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly mime: string;
}

/** How far a running job is. */
export interface Progress {
  readonly phase: Phase | "download";
  /** Steps done, of all; 0 before the first. Of a download, files. */
  readonly step: number;
  readonly steps: number;
  readonly secondsPerStep: number | undefined;
  readonly secondsLeft: number | undefined;
  readonly download?: DownloadProgress;
}

export interface DownloadProgress {
  readonly files: number;
  readonly filesDone: number;
  readonly bytes: number;
  /** That are here, those of earlier tries included. */
  readonly bytesDone: number;
  /** Of the last seconds. */
  readonly bytesPerSecond: number | undefined;
}

/** A job as it is kept. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string;
  readonly type: JobType;
  readonly status: JobStatus;
  /** Whose it is: the id of an API key, or `""` where none is asked for. */
  readonly owner: string;
  /** What was asked, in the fields of the interface; pictures are ids of kept ones. */
  readonly fields: JsonObject;
  readonly priority: number;
  /** Jobs of one warmth use the same open sessions. */
  readonly warmth: string;
  /** The id of the request that it came with, for the logs. */
  readonly requestId: string;
  readonly progress: Progress | undefined;
  readonly created: number;
  readonly started: number | undefined;
  readonly completed: number | undefined;
  readonly images: readonly KeptPicture[];
  /** Everything needed to make the images again, once it is known. */
  readonly settings: JsonObject | undefined;
  /** What the user should know, though nothing is wrong. */
  readonly notes: readonly string[];
  readonly error: JobError | undefined;
  /** How often its work died. */
  readonly crashes: number;
}

/** Whether nothing more will happen to it. */
export function isEnded({ status }: Pick<Job, "status">): boolean {
  return status !== "queued" && status !== "running";
}

export const EVENT_TYPES = [
  "job.queued",
  "job.progress",
  "job.preview",
  "job.completed",
  "job.failed",
  "job.cancelled",
] as const;
export type JobEventType = (typeof EVENT_TYPES)[number];

/** What happened to a job. Ids grow, over all jobs. */
export interface JobEvent {
  readonly id: number;
  readonly job: string;
  readonly type: JobEventType;
  readonly data: JsonObject;
}
