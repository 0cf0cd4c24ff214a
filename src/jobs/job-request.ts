/** What front ends ask for. */
import { createHash } from "node:crypto";
import type { JsonObject } from "../image/metadata/metadata.js";
import type { JobType } from "./job.js";

/** What a front end asks for. */
export interface JobRequest {
  readonly type: JobType;
  readonly owner: string;
  readonly fields: JsonObject;
  readonly warmth: string;
  readonly priority?: number | undefined;
  readonly requestId: string;
  /** With the same key the same job comes back, however often it is asked for. */
  readonly idempotencyKey?: string | undefined;
  /** What was asked, before pictures got ids: the same key with something else is a mistake. Left out, the fields say it. */
  readonly identity?: string | undefined;
  /** Said with the job from the start. */
  readonly notes?: readonly string[];
}

/** Looks at a request before it becomes a job, and throws where it may not. */
export type Admission = (request: JobRequest) => void | Promise<void>;

/** Two requests with the same hash ask for the same. */
export function hashOf({ type, fields, identity }: Pick<JobRequest, "type" | "fields" | "identity">): string {
  return createHash("sha256")
    .update(JSON.stringify([type, identity ?? fields]))
    .digest("hex");
}
