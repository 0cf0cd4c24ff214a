/** Work that can be stopped. */
import { AbortedError } from "../../errors.js";
import type { Engine } from "../../runtime/engine.js";

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
