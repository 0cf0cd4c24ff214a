/**
 * Jobs, as front ends see them: asked for, watched, cancelled, removed. What is kept outlives the program; what is at work is the
 * crew's, and what it reports is kept before anybody is told.
 */
import { randomUUID } from "node:crypto";
import type { Crew, WorkerState } from "./crew/crew.js";
import { Dispatcher } from "./dispatcher.js";
import { JobChanges } from "./job-changes.js";
import { ConflictError, QueueFullError } from "./job-errors.js";
import { type Admission, hashOf, type JobRequest } from "./job-request.js";
import { isEnded, type Job, type JobEvent, type JobType } from "./job.js";
import { secondsToRetry } from "./order/seconds-to-retry.js";
import { Retention, type RetentionBounds } from "./retention.js";
import { record } from "./reports.js";
import { inTransaction } from "./store/database.js";
import type { JobFilter } from "./store/jobs-table.js";
import type { NewPicture, StoredPicture } from "./picture.js";
import type { Store } from "./store/store.js";

/** Who does the jobs of each type. */
export type Crews = Readonly<Record<JobType, Crew>>;

export interface JobsOptions {
  /** How many jobs may wait. */
  readonly maxQueue: number;
  readonly retention: RetentionBounds;
  readonly admission?: readonly Admission[];
  /** Told in a sentence what is wrong with the data folder or the crew. */
  readonly onTrouble?: (message: string) => void;
  /** Told when a job has ended, for metrics and logs. */
  readonly onEnd?: (job: Job) => void;
}

export class Jobs {
  readonly #changes = new JobChanges();
  readonly #dispatchers: Readonly<Record<JobType, Dispatcher>>;
  readonly #retention: Retention;
  #order: ReadonlyMap<string, number> | undefined;

  private constructor(
    readonly store: Store,
    private readonly crews: Crews,
    private readonly options: JobsOptions,
  ) {
    const trouble = options.onTrouble ?? (() => undefined);
    const dispatcher = (type: JobType): Dispatcher =>
      new Dispatcher(
        store,
        type,
        crews[type],
        (job, moved) => {
          this.#changed(job, moved);
        },
        trouble,
      );
    this.#dispatchers = { images: dispatcher("images"), pull: dispatcher("pull") };
    this.#retention = new Retention(store, options.retention, trouble);
  }

  static async start(store: Store, crews: Crews, options: JobsOptions): Promise<Jobs> {
    const jobs = new Jobs(store, crews, options);
    await Promise.all(Object.values(jobs.#dispatchers).map((dispatcher) => dispatcher.start()));
    jobs.#retention.start();
    return jobs;
  }

  /**
   * Keeps a job, which then waits for its turn. Throws `QueueFullError`, `ConflictError` where the idempotency key was used for
   * another request, what `admission` throws, and `StoreError`.
   */
  async submit(request: JobRequest): Promise<Job> {
    const requestHash = hashOf(request);
    const earlier = this.earlier(request);
    if (earlier !== undefined) {
      return earlier;
    }
    for (const admit of this.options.admission ?? []) {
      await admit(request);
    }
    const id = `job_${randomUUID()}`;
    const created = Date.now();
    const job = inTransaction(this.store.database, () => {
      const twin = this.earlier(request);
      if (twin !== undefined) {
        return twin;
      }
      if (this.store.jobs.count(request.type, "queued") >= this.options.maxQueue) {
        throw new QueueFullError(this.options.maxQueue, secondsToRetry(this.store));
      }
      const { type, owner, fields, warmth, priority = 0, requestId, idempotencyKey, notes = [] } = request;
      this.store.jobs.add({
        id,
        type,
        owner,
        fields,
        warmth,
        priority,
        requestId,
        idempotencyKey,
        requestHash,
        created,
      });
      this.store.jobs.change(id, { notes });
      this.store.events.add(id, "job.queued", {}, created);
      return this.#must(id);
    });
    this.#changed(job.id);
    this.#dispatchers[job.type].pump();
    return job;
  }

  /** The job that the same request with the same idempotency key has made. Throws `ConflictError`. */
  earlier(request: Pick<JobRequest, "type" | "owner" | "fields" | "idempotencyKey" | "identity">): Job | undefined {
    const { owner, idempotencyKey } = request;
    const found = idempotencyKey === undefined ? undefined : this.store.jobs.byIdempotency(owner, idempotencyKey);
    if (found !== undefined && found.requestHash !== hashOf(request)) {
      throw new ConflictError(`the idempotency key ${JSON.stringify(idempotencyKey)} was used for another request`);
    }
    return found?.job;
  }

  get(id: string): Job | undefined {
    return this.store.jobs.get(id);
  }

  /** The newest first. */
  list(filter: JobFilter): { readonly jobs: readonly Job[]; readonly hasMore: boolean } {
    return this.store.jobs.list(filter);
  }

  /** Those that have not ended. */
  open(): readonly Job[] {
    return [...this.store.jobs.running(), ...this.store.jobs.queued()];
  }

  /** How many jobs come before a waiting one; `undefined` for one that does not wait. */
  positionOf({ id, status }: Pick<Job, "id" | "status">): number | undefined {
    if (status !== "queued") {
      return undefined;
    }
    this.#order ??= new Map(
      Object.values(this.#dispatchers).flatMap((one) => one.order().map((job, index) => [job.id, index] as const)),
    );
    return this.#order.get(id);
  }

  /** What happened to a job after the event `after`, and what happens until its end; it ends with the job, or with the signal. */
  async *watch(id: string, after = 0, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    let last = after;
    while (signal?.aborted !== true) {
      // Listened to before it is read, or what happens in between would be missed.
      const next = this.#changes.next(id, signal);
      const job = this.get(id);
      for (const event of this.store.events.after(id, last)) {
        last = event.id;
        yield event;
      }
      if (job === undefined || isEnded(job)) {
        next.stop();
        return;
      }
      await next.promise;
    }
  }

  /** The job at its end, or as it is when the signal comes; `undefined` when it was removed. */
  async ended(id: string, signal?: AbortSignal): Promise<Job | undefined> {
    for await (const _event of this.watch(id, 0, signal)) {
      // Only the end matters.
    }
    return this.get(id);
  }

  /** Takes a waiting job out of the queue, or stops a running one after its step. Nothing happens to an ended one. */
  async cancel(id: string): Promise<Job | undefined> {
    const job = this.get(id);
    if (job?.status === "queued") {
      record(this.store, id, { status: "cancelled", completed: Date.now() }, "job.cancelled");
      this.#changed(id);
    } else if (job?.status === "running") {
      await this.#dispatchers[job.type].cancel(id);
    }
    return this.get(id);
  }

  /** Cancels what has not ended, then removes the job and its pictures. */
  async remove(id: string): Promise<void> {
    await this.cancel(id);
    const job = await this.ended(id);
    if (job !== undefined) {
      this.store.jobs.remove(id);
      await Promise.all(job.images.map((picture) => this.store.pictures.removeFile(picture.id)));
      this.#changed(id);
    }
  }

  /** Keeps a picture for jobs to come. */
  async upload(picture: NewPicture): Promise<StoredPicture> {
    const written = await this.store.pictures.write(picture);
    written.insert(undefined, 0, Date.now());
    const kept = this.store.pictures.get(written.id);
    if (kept === undefined) {
      throw new ConflictError(`the picture ${written.id} was removed while it was kept`);
    }
    return kept;
  }

  workers(): readonly WorkerState[] {
    return this.crews.images.workers();
  }

  /** Hands out no further work, and lets what runs come to its end for so long; what has not ended waits for the next start. */
  async settle(graceMilliseconds: number): Promise<void> {
    this.#retention.stop();
    await Promise.all(Object.values(this.#dispatchers).map((dispatcher) => dispatcher.close(graceMilliseconds)));
  }

  /** Closes the data folder, after `settle`. */
  async close(): Promise<void> {
    await this.store.close();
  }

  #must(id: string): Job {
    const job = this.store.jobs.get(id);
    if (job === undefined) {
      throw new ConflictError(`the job ${id} was removed while it was made`);
    }
    return job;
  }

  #changed(id: string, moved = true): void {
    if (moved) {
      this.#order = undefined;
    }
    this.#changes.tell(id);
    const job = moved && this.options.onEnd !== undefined ? this.get(id) : undefined;
    if (job !== undefined && isEnded(job)) {
      this.options.onEnd?.(job);
    }
  }
}
