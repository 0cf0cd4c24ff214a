/** Those who bring models into the cache: a crew of one, since a second download would only share the line with the first. */
import { AbortedError, InternalError, KandinskyError, reasonOf, SessionError } from "../../errors.js";
import type { Assignment, Crew, Report, ReportTo, WorkerState } from "../crew/crew.js";
import type { DownloadProgress, Progress } from "../job.js";
import type { ModelDesk } from "./model-desk.js";
import { readPullFields } from "./pull-fields.js";

interface Pull {
  readonly job: string;
  readonly stop: AbortController;
  readonly end: Promise<void>;
}

export class PullCrew implements Crew {
  #report: ReportTo = () => Promise.resolve();
  #onFree = (): void => undefined;
  #pull: Pull | undefined;
  #closing = false;

  constructor(private readonly desk: ModelDesk) {}

  /** What was being fetched goes on where it was. */
  async start(report: ReportTo, atWork: readonly string[]): Promise<void> {
    this.#report = report;
    for (const job of atWork) {
      await report(job, { type: "returned" });
    }
  }

  free(): number {
    return this.#pull === undefined && !this.#closing ? 1 : 0;
  }

  warmth(): undefined {
    return undefined;
  }

  workers(): readonly WorkerState[] {
    return [];
  }

  onFree(listener: () => void): void {
    this.#onFree = listener;
  }

  assign(assignment: Assignment): Promise<void> {
    if (this.#pull !== undefined) {
      throw new InternalError("a download beside another");
    }
    const stop = new AbortController();
    this.#pull = { job: assignment.job, stop, end: this.#run(assignment, stop.signal) };
    return Promise.resolve();
  }

  cancel(job: string): Promise<void> {
    if (this.#pull?.job === job) {
      this.#pull.stop.abort();
    }
    return Promise.resolve();
  }

  /** A download is not waited for: the next start goes on with it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#pull?.stop.abort();
    await this.#pull?.end;
  }

  async #run({ job, fields }: Assignment, signal: AbortSignal): Promise<void> {
    // Reports are kept one after the other.
    let reports = Promise.resolve();
    const tell = (report: Report): void => {
      reports = reports.then(() => this.#report(job, report));
    };
    let end: Report;
    try {
      const { model, revision, variant } = readPullFields(fields);
      const pulled = await this.desk.run(
        "pull",
        { repository: model, revision, variant },
        {
          signal,
          onMessage: (message) => {
            tell(message.type === "note" ? message : { type: "progress", progress: progressOf(message.progress) });
          },
        },
      );
      end = { type: "completed", pictures: [], settings: { ...pulled } };
    } catch (thrown) {
      end = this.#endingOf(thrown);
    }
    tell(end);
    await reports;
    this.#pull = undefined;
    this.#onFree();
  }

  #endingOf(thrown: unknown): Report {
    if (thrown instanceof AbortedError) {
      return { type: this.#closing ? "returned" : "cancelled" };
    }
    if (thrown instanceof SessionError) {
      return { type: "lost", reason: thrown.message };
    }
    const kind = thrown instanceof KandinskyError && thrown.code === "usage" ? "invalid_request" : "model";
    return { type: "failed", error: { kind, message: reasonOf(thrown) } };
  }
}

function progressOf(download: DownloadProgress): Progress {
  const { files, filesDone, bytes, bytesDone, bytesPerSecond } = download;
  const secondsLeft = bytesPerSecond === undefined ? undefined : (bytes - bytesDone) / bytesPerSecond;
  return { phase: "download", step: filesDone, steps: files, secondsPerStep: undefined, secondsLeft, download };
}
