/** Jobs as the bot needs them, of this process or of a server. */
import type { JsonObject } from "../image/metadata/metadata.js";

/** How far a wish is; the last one of a job is its end. */
export interface Course {
  readonly status: "queued" | "running" | "completed" | "failed" | "cancelled";
  /** Jobs before it in the queue. */
  readonly before: number;
  readonly phase: string | undefined;
  readonly step: number;
  readonly steps: number;
  /** A small picture of what is being painted, where this course came with one. */
  readonly preview: Uint8Array | undefined;
  readonly images: readonly { readonly id: string; readonly seed: string }[];
  readonly error: string | undefined;
}

export interface Painter {
  /** What it paints with, for people. */
  readonly model: string;
  /** How long pictures are kept, in days. */
  readonly keptDays: number;
  /**
   * Asks for pictures and gives the job's id; the same key gives the same job. Throws a `KandinskyError` with what is wrong with the
   * request.
   */
  ask(fields: JsonObject, key: string): Promise<string>;
  /** Keeps a picture for jobs to come and gives its id. Throws as `ask`. */
  keep(bytes: Uint8Array): Promise<string>;
  /** From now to the job's end, or to the signal. `undefined` where there is no such job any more. */
  watch(job: string, signal: AbortSignal): AsyncIterable<Course | undefined>;
  cancel(job: string): Promise<void>;
  /** Removes the job and its pictures. */
  remove(job: string): Promise<void>;
  /** `undefined` for one that is not kept any more. */
  picture(id: string): Promise<Uint8Array | undefined>;
  load(): Promise<{ readonly waiting: number; readonly running: number }>;
}
