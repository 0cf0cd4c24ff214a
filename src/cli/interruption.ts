/**
 * Ctrl-C: the first one lets the step in progress end, the second one ends everything at once, and so does SIGTERM. Whatever was
 * half written is removed on the way out.
 */
import { removeTemporaryFiles } from "../files/shared/place-whole.js";

const INTERRUPTED = 130;
const TERMINATED = 143;

export interface InterruptionOptions {
  /** Tells the user that the first Ctrl-C was heard. */
  readonly onFirst: () => void;
  /** Ends what runs outside this process. */
  readonly kill: () => void;
}

export class Interruption {
  readonly #controller = new AbortController();
  readonly #onInterrupt = (): void => {
    if (this.signal.aborted) {
      this.#stopNow(INTERRUPTED);
    }
    this.#controller.abort();
    this.options.onFirst();
  };
  readonly #onTerminate = (): void => {
    this.#stopNow(TERMINATED);
  };

  constructor(private readonly options: InterruptionOptions) {
    process.on("SIGINT", this.#onInterrupt);
    process.on("SIGTERM", this.#onTerminate);
  }

  /** Aborted by the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onInterrupt);
    process.off("SIGTERM", this.#onTerminate);
  }

  #stopNow(exitCode: number): never {
    this.options.kill();
    removeTemporaryFiles();
    process.exit(exitCode);
  }
}
