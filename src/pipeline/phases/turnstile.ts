/** One at a time, in the order of asking. */
import { throwIfAborted } from "../../engine/execution/abort.js";

export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /** Waits for all who came before; the next may go once the returned function is called. Throws `AbortedError` by the signal. */
  async enter(signal: AbortSignal | undefined): Promise<() => void> {
    const before = this.#last;
    let leave = (): void => undefined;
    this.#last = new Promise((resolve) => {
      leave = resolve;
    });
    try {
      await Promise.race([before, aborted(signal)]);
      throwIfAborted(signal);
      return leave;
    } catch (error) {
      // Whoever comes next still waits for those before.
      void before.then(leave);
      throw error;
    }
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
    }
    signal?.addEventListener("abort", () => {
      resolve();
    });
  });
}
