/** The jobs of this process. */
import { checkFields, warmthOf } from "../jobs/fields/job-fields.js";
import type { Job } from "../jobs/job.js";
import type { Jobs } from "../jobs/jobs.js";
import type { ServedModels } from "../jobs/models/served-models.js";
import { readHeader } from "../image/reading/read-header.js";
import type { JsonObject } from "../image/metadata/metadata.js";
import type { Course, Painter } from "./painter.js";

/** Whose jobs and pictures they are, beside those of API keys. */
const OWNER = "telegram";

export class JobsPainter implements Painter {
  constructor(
    private readonly jobs: Jobs,
    private readonly models: ServedModels,
    readonly keptDays: number,
  ) {}

  get model(): string {
    return this.models.defaultId;
  }

  async ask(sent: JsonObject, key: string): Promise<string> {
    const { fields } = checkFields(sent);
    const asked = { ...fields, model: await this.models.find(undefined) };
    const job = await this.jobs.submit({
      type: "images",
      owner: OWNER,
      fields: asked,
      warmth: warmthOf(asked),
      requestId: key,
      idempotencyKey: key,
    });
    return job.id;
  }

  async keep(bytes: Uint8Array): Promise<string> {
    const { width, height, mime } = await readHeader(bytes);
    return (await this.jobs.upload({ bytes, owner: OWNER, width, height, mime })).id;
  }

  async *watch(id: string, signal: AbortSignal): AsyncGenerator<Course | undefined> {
    for await (const { type, data } of this.jobs.watch(id, 0, signal)) {
      const [image] = (type === "job.preview" ? data["images"] : []) as readonly { readonly b64_json: string }[];
      const job = this.jobs.get(id);
      yield job === undefined ? undefined : this.#course(job, image);
    }
    const job = this.jobs.get(id);
    yield job === undefined ? undefined : this.#course(job, undefined);
  }

  async cancel(job: string): Promise<void> {
    await this.jobs.cancel(job);
  }

  remove(job: string): Promise<void> {
    return this.jobs.remove(job);
  }

  picture(id: string): Promise<Uint8Array | undefined> {
    const { pictures } = this.jobs.store;
    const kept = pictures.get(id);
    return kept === undefined ? Promise.resolve(undefined) : pictures.read(kept);
  }

  load(): Promise<{ readonly waiting: number; readonly running: number }> {
    const { jobs } = this.jobs.store;
    return Promise.resolve({ waiting: jobs.count("images", "queued"), running: jobs.count("images", "running") });
  }

  #course(job: Job, preview: { readonly b64_json: string } | undefined): Course {
    const { status, progress, images, error } = job;
    return {
      status,
      before: this.jobs.positionOf(job) ?? 0,
      phase: progress?.phase,
      step: progress?.step ?? 0,
      steps: progress?.steps ?? 0,
      preview: preview === undefined ? undefined : Buffer.from(preview.b64_json, "base64"),
      images: images.map(({ id, seed }) => ({ id, seed: seed ?? "" })),
      error: error?.message,
    };
  }
}
