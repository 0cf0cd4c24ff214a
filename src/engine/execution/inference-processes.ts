/** The inference processes of one pipe: each generation has its own, so that several can run beside each other. */
import { AbortedError } from "../../errors.js";
import type { Engine, EngineOptions } from "../../runtime/engine.js";
import { InferenceProcess } from "../../runtime/inference-process.js";

export class InferenceProcesses {
  readonly #running = new Set<Engine>();
  #ahead: InferenceProcess | undefined;

  /** @param memoryIsBound no process is started ahead of its phase, which would take some memory from the one before */
  constructor(
    private readonly options: EngineOptions,
    private readonly memoryIsBound: boolean,
  ) {}

  /** Starts the process that `start` gives next, so that it loads its engine while something else goes on. */
  startAhead(): void {
    if (this.memoryIsBound || this.#ahead !== undefined) {
      return;
    }
    try {
      this.#ahead = InferenceProcess.start(this.options);
    } catch {
      return; // `start` says what is wrong, to those who need a process.
    }
    this.#running.add(this.#ahead);
    this.#ahead.keepAlive(false);
  }

  start(): Engine {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.alive === true) {
      ahead.keepAlive(true);
      return ahead;
    }
    const engine = InferenceProcess.start(this.options);
    this.#running.add(engine);
    return engine;
  }

  async stop(engine: Engine): Promise<void> {
    await engine.close();
    this.#running.delete(engine);
  }

  /** Ends all at once. */
  kill(): void {
    this.#ahead = undefined;
    this.#running.forEach((engine) => {
      engine.kill();
    });
  }

  async close(): Promise<void> {
    this.#ahead = undefined;
    await Promise.all([...this.#running].map((engine) => this.stop(engine)));
  }
}

/** Throws `AbortedError` once the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new AbortedError("stopped before it was done");
  }
}

/**
 * Work that has no steps to stop between: once the signal is aborted its process ends at once, since a single network can
 * run for minutes and nothing of a part is kept.
 */
export async function endOnAbort<Result>(
  engine: Engine,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const kill = (): void => {
    engine.kill();
  };
  throwIfAborted(signal);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    return await work();
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}
