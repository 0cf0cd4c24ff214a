/** For how long jobs and pictures are kept, and how many of them: what is over goes, once a minute. */
import { reasonOf } from "../errors.js";
import { inTransaction } from "./store/database.js";
import type { Store } from "./store/store.js";

export interface RetentionBounds {
  /** Milliseconds that an ended job and its pictures are kept. */
  readonly keepMilliseconds: number;
  /** How many ended jobs are kept. */
  readonly keepJobs: number;
}

const SWEEP_MS = 60_000;
/** Whoever lost the connection in the last step may still ask for the last preview. */
const PREVIEWS_MS = 5 * 60_000;
/** An upload that no job was made for. */
const UPLOADS_MS = 24 * 3600_000;

export class Retention {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Store,
    private readonly bounds: RetentionBounds,
    private readonly onTrouble: (message: string) => void,
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      this.sweep().catch((thrown: unknown) => {
        this.onTrouble(reasonOf(thrown));
      });
    }, SWEEP_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Removes what is over. Throws `StoreError` where the data folder cannot be written. */
  async sweep(now = Date.now()): Promise<void> {
    const { jobs, pictures, events, database } = this.store;
    for (const id of jobs.expired(now - this.bounds.keepMilliseconds, this.bounds.keepJobs)) {
      const files = inTransaction(database, () => {
        const kept = pictures.ofJob(id);
        jobs.remove(id);
        return kept;
      });
      for (const { id: file } of files) {
        await pictures.removeFile(file);
      }
    }
    events.removePreviews(now - PREVIEWS_MS);
    await pictures.removeUploads(now - UPLOADS_MS);
  }
}
