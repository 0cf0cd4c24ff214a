/**
 * Those who do the work: processes of this machine, or of many. A crew takes assignments and reports what becomes of them; the order
 * of jobs, their fate after a crash and what is kept of them are decided above it.
 */
import type { JsonObject } from "../../image/metadata/metadata.js";
import type { JobError, Progress } from "../job.js";

/** One job, with everything that a worker on another machine needs. */
export interface Assignment {
  readonly job: string;
  readonly requestId: string;
  /** As of `Job.fields`. */
  readonly fields: JsonObject;
  /** As of `Job.warmth`. */
  readonly warmth: string;
  /** The pictures that the fields name, by their ids. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
}

/** A picture as a worker hands it over, encoded and with its metadata inside. */
export interface MadePicture {
  readonly bytes: Uint8Array;
  readonly mime: string;
  readonly width: number;
  readonly height: number;
  /** As decimal text. */
  readonly seed: string;
}

/** What a worker tells about a job. See `endsAssignment`. */
export type Report =
  | { readonly type: "settings"; readonly settings: JsonObject }
  | { readonly type: "note"; readonly message: string }
  | { readonly type: "progress"; readonly progress: Progress }
  /** The running latents in colours, a small picture of each image. */
  | { readonly type: "preview"; readonly step: number; readonly images: readonly Preview[] }
  | { readonly type: "completed"; readonly pictures: readonly MadePicture[]; readonly settings: JsonObject }
  | { readonly type: "failed"; readonly error: JobError }
  | { readonly type: "cancelled" }
  /** Its worker died. */
  | { readonly type: "lost"; readonly reason: string }
  /** Nobody works at it any more, and nothing went wrong with it: its worker was told to end, or it never got to one. */
  | { readonly type: "returned" };

/** Whether nothing more is told of the job until it is assigned anew. */
export function endsAssignment({ type }: Report): boolean {
  return ["completed", "failed", "cancelled", "lost", "returned"].includes(type);
}

export interface Preview {
  readonly bytes: Uint8Array;
  readonly mime: string;
  readonly width: number;
  readonly height: number;
}

/** Told in order for each job; what it returns is waited for before the next report of that job. */
export type ReportTo = (job: string, report: Report) => Promise<void>;

/** What a worker is and has, for whoever looks after the server. */
export interface WorkerState {
  readonly name: string;
  readonly job: string | undefined;
  /** What it has open, as of `Assignment.warmth`. */
  readonly warmth: string | undefined;
}

export interface Crew {
  /**
   * Begins to report. `atWork` are the jobs that were at work when this program last ended: the crew goes on with those that it still
   * has and reports the others as lost.
   */
  start(report: ReportTo, atWork: readonly string[]): Promise<void>;
  /** How many assignments it would begin at once. */
  free(): number;
  /** What a free worker has open. */
  warmth(): string | undefined;
  workers(): readonly WorkerState[];
  /** Called whenever `free` may have grown. */
  onFree(listener: () => void): void;
  /** Throws `StoreError` when the assignment cannot be handed over at the moment. */
  assign(assignment: Assignment): Promise<void>;
  /** Asks the worker to stop after its step; `cancelled` is reported when it has. */
  cancel(job: string): Promise<void>;
  /** Lets what runs come to its end, for at most so long, then ends it; what did not end is lost. */
  close(graceMilliseconds: number): Promise<void>;
}
