/** Jobs in a folder of a test's own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Crew } from "../../src/jobs/crew/crew.js";
import { checkFields, warmthOf } from "../../src/jobs/fields/job-fields.js";
import type { Job } from "../../src/jobs/job.js";
import { Jobs, type JobsOptions } from "../../src/jobs/jobs.js";
import type { JobRequest } from "../../src/jobs/job-request.js";
import { ModelDesk } from "../../src/jobs/models/model-desk.js";
import { PullCrew } from "../../src/jobs/models/pull-crew.js";
import { Store } from "../../src/jobs/store/store.js";
import type { JsonObject } from "../../src/index.js";

export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kandinsky3-jobs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function openJobs(crew: Crew, folder: string, options: Partial<JobsOptions> = {}): Promise<Jobs> {
  const retention = { keepMilliseconds: 1e9, keepJobs: 1000 };
  const desk = new ModelDesk();
  onTestFinished(() => {
    desk.close();
  });
  const crews = { images: crew, pull: new PullCrew(desk) };
  return Jobs.start(await Store.open(folder), crews, { maxQueue: 1000, retention, ...options });
}

export async function closeJobs(jobs: Jobs, graceMilliseconds = 0): Promise<void> {
  await jobs.settle(graceMilliseconds);
  await jobs.close();
}

export function ask(jobs: Jobs, sent: JsonObject, more: Partial<JobRequest> = {}): Promise<Job> {
  const { fields } = checkFields(sent);
  const request: JobRequest = { type: "images", owner: "", fields, warmth: warmthOf(fields), requestId: "r", ...more };
  return jobs.submit(request);
}
