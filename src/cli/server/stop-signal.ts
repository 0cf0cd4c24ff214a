/** When a server is to end: by a signal, or because a request asks for it. A second signal does not wait for what runs. */
import { removeTemporaryFiles } from "../../files/shared/place-whole.js";

const INTERRUPTED = 130;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export class StopSignal {
  readonly asked: Promise<void>;
  #resolve = (): void => undefined;
  readonly #onFirst = (): void => {
    this.ask();
  };

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    SIGNALS.forEach((signal) => process.on(signal, this.#onFirst));
  }

  ask(): void {
    for (const signal of SIGNALS) {
      process.off(signal, this.#onFirst);
      process.on(signal, () => {
        removeTemporaryFiles();
        process.exit(INTERRUPTED);
      });
    }
    this.#resolve();
  }
}
