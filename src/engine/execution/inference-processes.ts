/** The inference processes of one pipe: each generation has its own, so that several can run beside each other. */
import { AbortedError } from "../../errors.js";
import type { Engine, EngineOptions } from "../../runtime/engine.js";
import { InferenceProcess } from "../../runtime/inference-process.js";

export class InferenceProcesses {
  readonly #running = new Set<Engine>();

  constructor(private readonly options: EngineOptions) {}

  start(): Engine {
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
    this.#running.forEach((engine) => {
      engine.kill();
    });
  }

  async close(): Promise<void> {
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
