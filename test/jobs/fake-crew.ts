/** A crew whose workers do what a test tells them, and nothing by themselves. */
import type { Assignment, Crew, MadePicture, Report, ReportTo, WorkerState } from "../../src/jobs/crew/crew.js";

export class FakeCrew implements Crew {
  readonly assigned: Assignment[] = [];
  readonly cancelled: string[] = [];
  atWork: readonly string[] = [];
  open: string | undefined;
  #busy = new Set<string>();
  #report: ReportTo | undefined;
  #onFree = (): void => undefined;

  constructor(private readonly hands = 1) {}

  async start(report: ReportTo, atWork: readonly string[]): Promise<void> {
    this.#report = report;
    this.atWork = atWork;
    for (const job of atWork) {
      await report(job, { type: "lost", reason: "the server ended" });
    }
  }

  free(): number {
    return this.hands - this.#busy.size;
  }

  warmth(): string | undefined {
    return this.open;
  }

  workers(): readonly WorkerState[] {
    return [...this.#busy].map((job) => ({ name: "fake", job, warmth: this.open }));
  }

  onFree(listener: () => void): void {
    this.#onFree = listener;
  }

  assign(assignment: Assignment): Promise<void> {
    this.#busy.add(assignment.job);
    this.assigned.push(assignment);
    return Promise.resolve();
  }

  cancel(job: string): Promise<void> {
    this.cancelled.push(job);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    for (const job of this.#busy) {
      await this.tell(job, { type: "lost", reason: "the server ends" });
    }
  }

  /** What a worker says of a job; what ends it makes the worker free. */
  async tell(job: string, report: Report): Promise<void> {
    await this.#report?.(job, report);
    if (["completed", "failed", "cancelled", "lost"].includes(report.type)) {
      this.open = this.assigned.find((one) => one.job === job)?.warmth;
      this.#busy.delete(job);
      this.#onFree();
    }
  }

  complete(job: string): Promise<void> {
    return this.tell(job, { type: "completed", pictures: [PICTURE], settings: { seed: "7" } });
  }
}

/** One pixel. */
export const PICTURE: MadePicture = {
  bytes: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  ),
  mime: "image/png",
  width: 1,
  height: 1,
  seed: "7",
};
