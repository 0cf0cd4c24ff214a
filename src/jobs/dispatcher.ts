/** Hands waiting jobs to the crew and keeps what it reports. */
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../errors.js";
import { type Crew, endsAssignment, type Report } from "./crew/crew.js";
import { pictureIdsIn } from "./fields/picture-fields.js";
import { type Job, isEnded, type JobType } from "./job.js";
import { inOrder, nextJob, type Situation } from "./order/next-job.js";
import { fail, keepReport, record, requeue } from "./reports.js";
import { StoreError } from "./store/database.js";
import type { WaitingJob } from "./store/jobs-table.js";
import type { Store } from "./store/store.js";

/** Between two tries to keep something while the data folder cannot be written. */
const RETRY_MS = 500;

/** Reports that the next one of their kind makes up for. */
const PASSING = new Set<Report["type"]>(["note", "progress", "preview"]);

export class Dispatcher {
  readonly #passedOver = new Map<string, number>();
  readonly #cancelled = new Set<string>();
  #pumping: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(
    private readonly store: Store,
    /** The jobs that it hands out. */
    private readonly type: JobType,
    private readonly crew: Crew,
    /** Told after each change of a job has been kept; `moved` where another job's turn may have changed with it. */
    private readonly onChange: (job: string, moved: boolean) => void,
    /** Told what went wrong with the data folder, for the log. */
    private readonly onTrouble: (message: string) => void,
  ) {}

  /** Begins to hand out jobs; those that were at work when the program last ended are the crew's to find. */
  async start(): Promise<void> {
    this.crew.onFree(() => {
      this.pump();
    });
    const atWork = this.store.jobs.running().filter(({ type }) => type === this.type);
    await this.crew.start(
      (job, report) => this.#keep(job, report),
      atWork.map(({ id }) => id),
    );
    this.pump();
  }

  /** Hands out as many jobs as the crew takes; what is asked meanwhile is done after it. */
  pump(): void {
    this.#pumping = this.#pumping
      .then(() => this.#handOut())
      .catch(async (thrown: unknown) => {
        this.onTrouble(reasonOf(thrown));
        await sleep(RETRY_MS);
        // Whatever else would have it tried again may come much later.
        if (!this.#closing) {
          this.pump();
        }
      });
  }

  /** The waiting jobs in the order of their turns. */
  order(): WaitingJob[] {
    return inOrder(this.#situation());
  }

  /** Stops a running job after its step. */
  async cancel(job: string): Promise<void> {
    this.#cancelled.add(job);
    await this.crew.cancel(job);
  }

  /** What has not ended in time waits for the next start. */
  async close(graceMilliseconds: number): Promise<void> {
    this.#closing = true;
    await this.#pumping;
    await this.crew.close(graceMilliseconds);
  }

  #situation(): Situation {
    const atWork = new Map<string, number>();
    for (const { owner } of this.store.jobs.running()) {
      atWork.set(owner, (atWork.get(owner) ?? 0) + 1);
    }
    return {
      waiting: this.store.jobs.waiting(this.type),
      atWork,
      lastStarts: this.store.jobs.lastStarts(),
      warmth: this.crew.warmth(),
      passedOver: this.#passedOver,
      now: Date.now(),
    };
  }

  async #handOut(): Promise<void> {
    while (!this.#closing && this.crew.free() > 0) {
      const next = nextJob(this.#situation());
      if (next === undefined) {
        return;
      }
      if (next.passed !== undefined && !this.#passedOver.has(next.passed.id)) {
        this.#passedOver.set(next.passed.id, Date.now());
      }
      this.#passedOver.delete(next.job.id);
      await this.#begin(next.job.id);
    }
  }

  async #begin(id: string): Promise<void> {
    const job = this.store.jobs.get(id);
    if (job?.status !== "queued") {
      return;
    }
    const pictures = await this.#picturesOf(job);
    if (pictures === undefined) {
      return;
    }
    // It may have been cancelled while its pictures were read.
    if (this.store.jobs.get(id)?.status !== "queued") {
      return;
    }
    record(this.store, id, { status: "running", started: Date.now() });
    this.onChange(id, true);
    try {
      const { requestId, fields, warmth } = job;
      await this.crew.assign({ job: id, requestId, fields, warmth, pictures });
    } catch (thrown) {
      this.onTrouble(reasonOf(thrown));
      await sleep(RETRY_MS);
      await this.#keep(id, { type: "returned" });
    }
  }

  /** `undefined` when one of them cannot be had: then the job has failed. */
  async #picturesOf(job: Job): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
    const pictures = new Map<string, Uint8Array>();
    try {
      for (const id of pictureIdsIn(job.fields)) {
        const picture = this.store.pictures.get(id);
        if (picture === undefined) {
          throw new StoreError(`the picture ${id} is not kept any more`);
        }
        pictures.set(id, await this.store.pictures.read(picture));
      }
      return pictures;
    } catch (thrown) {
      fail(this.store, job.id, { kind: "failed", message: reasonOf(thrown) });
      this.onChange(job.id, true);
      return undefined;
    }
  }

  /** Tries until it is kept; what passes anyway is let go. */
  async #keep(id: string, report: Report): Promise<void> {
    for (;;) {
      try {
        const job = this.store.jobs.get(id);
        // A report that comes twice, or after the job was given up, changes nothing.
        if (job !== undefined && !isEnded(job)) {
          await this.#keepOnce(job, report);
          this.onChange(id, endsAssignment(report));
        }
        break;
      } catch (thrown) {
        if (!(thrown instanceof StoreError)) {
          throw thrown;
        }
        this.onTrouble(thrown.message);
        if (PASSING.has(report.type)) {
          return;
        }
        await sleep(RETRY_MS);
      }
    }
    if (endsAssignment(report)) {
      this.#cancelled.delete(id);
      this.pump();
    }
  }

  async #keepOnce(job: Job, report: Report): Promise<void> {
    if (report.type !== "lost" && report.type !== "returned") {
      await keepReport(this.store, job, report);
    } else if (this.#cancelled.has(job.id)) {
      await keepReport(this.store, job, { type: "cancelled" });
    } else if (this.#closing) {
      requeue(this.store, job.id, job.crashes);
    } else {
      await keepReport(this.store, job, report);
    }
  }
}
