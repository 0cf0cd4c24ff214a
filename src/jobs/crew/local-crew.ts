/**
 * Workers on this machine, each in a process of its own: building networks and encoding images must not hold up whoever asks for a
 * list, and a worker that dies takes nothing along.
 */
import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { InternalError } from "../../errors.js";
import { childModule } from "../../files/child-module.js";
import type { WorkerSettings } from "../work/worker-settings.js";
import type { Assignment, Crew, ReportTo, WorkerState } from "./crew.js";
import type { FromWorker, ToWorker } from "./worker-messages.js";

/** A worker that dies at once would otherwise be started again as fast as the machine can; the pause doubles until one has worked. */
const RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;

interface Hand {
  readonly name: string;
  child: ChildProcess;
  free: boolean;
  job: string | undefined;
  warmth: string | undefined;
  /** How long the next start waits after a death. */
  pause: number;
  /** Reports are kept one after the other. */
  reports: Promise<void>;
}

export interface LocalCrewOptions {
  readonly settings: WorkerSettings;
  /** One when left out: two pictures at once on one processor take longer than one after the other. */
  readonly workers?: number;
  readonly onTrouble?: (message: string) => void;
}

export class LocalCrew implements Crew {
  readonly #hands: Hand[] = [];
  #report: ReportTo | undefined;
  #onFree = (): void => undefined;
  #closing = false;

  constructor(private readonly options: LocalCrewOptions) {}

  async start(report: ReportTo, atWork: readonly string[]): Promise<void> {
    this.#report = report;
    // Workers of this machine end with the program that started them.
    for (const job of atWork) {
      await report(job, { type: "lost", reason: "the server ended while it was at work" });
    }
    const { workers = 1 } = this.options;
    for (let index = 0; index < workers; index++) {
      this.#hire(`local-${index + 1}`);
    }
  }

  free(): number {
    return this.#hands.filter(({ free }) => free).length;
  }

  warmth(): string | undefined {
    return this.#hands.find(({ free }) => free)?.warmth;
  }

  workers(): readonly WorkerState[] {
    return this.#hands.map(({ name, job, warmth }) => ({ name, job, warmth }));
  }

  onFree(listener: () => void): void {
    this.#onFree = listener;
  }

  assign(assignment: Assignment): Promise<void> {
    const hand =
      this.#hands.find(({ free, warmth }) => free && warmth === assignment.warmth) ??
      this.#hands.find(({ free }) => free);
    if (hand === undefined) {
      throw new InternalError("an assignment without a free worker");
    }
    hand.free = false;
    hand.job = assignment.job;
    send(hand, { type: "assign", assignment });
    return Promise.resolve();
  }

  cancel(job: string): Promise<void> {
    const hand = this.#hands.find((one) => one.job === job);
    if (hand !== undefined) {
      send(hand, { type: "cancel", job });
    }
    return Promise.resolve();
  }

  async close(graceMilliseconds: number): Promise<void> {
    this.#closing = true;
    const deadline = Date.now() + graceMilliseconds;
    while (this.#hands.some(({ job }) => job !== undefined) && Date.now() < deadline) {
      await sleep(50);
    }
    await Promise.all(this.#hands.map((hand) => this.#dismiss(hand)));
  }

  #hire(name: string): void {
    const hand: Hand = {
      name,
      child: this.#fork(),
      free: false,
      job: undefined,
      warmth: undefined,
      pause: RESTART_MS,
      reports: Promise.resolve(),
    };
    this.#hands.push(hand);
    this.#listen(hand);
  }

  #fork(): ChildProcess {
    const module = childModule(new URL("../work/worker-process.js", import.meta.url), "a worker");
    return fork(module, [JSON.stringify(this.options.settings)], { serialization: "advanced", execArgv: [] });
  }

  #listen(hand: Hand): void {
    const { child } = hand;
    child.on("message", (message: FromWorker) => {
      hand.reports = hand.reports.then(() => this.#hear(hand, message));
    });
    let gone = false;
    const end = (how: string): void => {
      if (!gone) {
        gone = true;
        hand.reports = hand.reports.then(() => this.#lose(hand, how));
      }
    };
    child.on("exit", (code, signal) => {
      end(signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`);
    });
    child.on("error", (error) => {
      end(error.message);
    });
  }

  async #hear(hand: Hand, message: FromWorker): Promise<void> {
    switch (message.type) {
      case "report":
        await this.#report?.(message.job, message.report);
        return;
      case "free":
        hand.job = undefined;
        hand.warmth = message.warmth;
        hand.free = true;
        hand.pause = RESTART_MS;
        this.#onFree();
        return;
      case "trouble":
        this.options.onTrouble?.(message.message);
        return;
    }
  }

  async #lose(hand: Hand, how: string): Promise<void> {
    const { job } = hand;
    hand.free = false;
    hand.job = undefined;
    hand.warmth = undefined;
    if (job !== undefined) {
      await this.#report?.(job, { type: "lost", reason: `its worker ended early (${how})` });
    }
    if (!this.#closing) {
      this.options.onTrouble?.(`the worker ${hand.name} ended early (${how}) and is started again`);
      await sleep(hand.pause);
      hand.pause = Math.min(LONGEST_RESTART_MS, 2 * hand.pause);
      hand.child = this.#fork();
      this.#listen(hand);
    }
  }

  async #dismiss(hand: Hand): Promise<void> {
    const { child } = hand;
    const exited = new Promise<void>((resolve) => {
      child.once("exit", () => {
        resolve();
      });
    });
    if (child.exitCode === null && child.signalCode === null) {
      if (hand.job === undefined && child.connected) {
        child.send({ type: "close" } satisfies ToWorker);
      } else {
        child.kill("SIGKILL");
      }
      await exited;
    }
    await hand.reports;
  }
}

function send(hand: Hand, message: ToWorker): void {
  // A worker that is ending loses the message; its end is heard of, and the job goes back.
  hand.child.send(message, () => undefined);
}
