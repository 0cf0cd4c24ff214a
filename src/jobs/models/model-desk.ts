/** Has tasks about models done by processes of their own: one that is kept for short ones, and one for each long one. */
import { type ChildProcess, fork } from "node:child_process";
import { AbortedError, HubError, KandinskyError, SessionError, UsageError } from "../../errors.js";
import { childModule } from "../../files/child-module.js";
import type { FromModelProcess, ResultOf, TaskName, TaskOf, ToModelProcess } from "./model-tasks.js";

/** A process that nothing is asked of ends; it holds headers and what the machine measured. */
const IDLE_MS = 10 * 60_000;
/** How long a process may take to stop before it is killed. */
const STOP_MS = 5000;

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onMessage?: (message: Extract<FromModelProcess, { type: "progress" | "note" }>) => void;
}

/** What went wrong in the other process and is none of the kinds below. */
class TaskError extends KandinskyError {
  constructor(
    override readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export class ModelDesk {
  #kept: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #long = new Set<ChildProcess>();

  /** Short tasks, one after the other in a process that is kept. Throws what they throw, and `SessionError` where it dies. */
  ask<Name extends "estimate" | "describe">(type: Name, task: TaskOf<Name>): Promise<ResultOf<Name>> {
    const answer = this.#queue.then(async () => {
      clearTimeout(this.#idle);
      const child = (this.#kept ??= start());
      try {
        return await done(child, type, task, {});
      } finally {
        if (child.exitCode !== null || child.signalCode !== null) {
          this.#kept = undefined;
        }
        this.#idle = setTimeout(() => {
          this.#release();
        }, IDLE_MS).unref();
      }
    });
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  /** A long task in a process of its own, which the signal ends. Throws what it throws, `AbortedError` by the signal. */
  async run<Name extends "verify" | "pull">(
    type: Name,
    task: TaskOf<Name>,
    options: TaskOptions = {},
  ): Promise<ResultOf<Name>> {
    const child = start();
    this.#long.add(child);
    try {
      return await done(child, type, task, options);
    } finally {
      this.#long.delete(child);
      child.kill("SIGKILL");
    }
  }

  /** Ends all of them; what was fetched is kept. */
  close(): void {
    clearTimeout(this.#idle);
    this.#release();
    this.#long.forEach((child) => child.kill("SIGKILL"));
  }

  #release(): void {
    this.#kept?.kill("SIGKILL");
    this.#kept = undefined;
  }
}

function start(): ChildProcess {
  const module = childModule(new URL("./model-process.js", import.meta.url), "the process for tasks about models");
  return fork(module, [], { serialization: "advanced", execArgv: [] });
}

function done<Name extends TaskName>(
  child: ChildProcess,
  type: Name,
  task: TaskOf<Name>,
  { signal, onMessage }: TaskOptions,
): Promise<ResultOf<Name>> {
  return new Promise((resolve, reject) => {
    let killing: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      child.kill("SIGTERM");
      killing = setTimeout(() => child.kill("SIGKILL"), STOP_MS).unref();
    };
    const settle = (settled: () => void): void => {
      clearTimeout(killing);
      signal?.removeEventListener("abort", onAbort);
      child.off("message", hear);
      child.off("exit", onExit);
      settled();
    };
    const onExit = (code: number | null, how: string | null): void => {
      settle(() => {
        const died = new SessionError(`the process for tasks about models ended early (${how ?? `exit code ${code ?? 0}`})`);
        reject(signal?.aborted === true ? new AbortedError("stopped") : died);
      });
    };
    const hear = (message: FromModelProcess): void => {
      if (message.type === "result") {
        settle(() => {
          // The process answers a task with its result.
          resolve(message.result as ResultOf<Name>);
        });
      } else if (message.type === "error") {
        settle(() => {
          reject(errorOf(message));
        });
      } else {
        onMessage?.(message);
      }
    };
    child.on("message", hear);
    child.on("exit", onExit);
    if (signal?.aborted === true) {
      onAbort();
    }
    signal?.addEventListener("abort", onAbort);
    child.send({ type, task } satisfies ToModelProcess, () => undefined);
  });
}

function errorOf({ code, message, options }: Extract<FromModelProcess, { type: "error" }>): Error {
  switch (code) {
    case undefined:
      return new Error(message);
    case "usage":
      return new UsageError(message, { options });
    case "hub":
      return new HubError(message);
    case "aborted":
      return new AbortedError(message);
    default:
      return new TaskError(code, message);
  }
}
