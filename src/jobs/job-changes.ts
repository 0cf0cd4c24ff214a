/** Tells those who wait for a job that something of it has changed; what, they read from the store. */
import { EventEmitter, once } from "node:events";

export class JobChanges {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  tell(job: string): void {
    this.#emitter.emit(job);
  }

  /** Listens from now on. `promise` resolves with the next change, with `stop`, or with the signal. */
  next(job: string, signal?: AbortSignal): { readonly promise: Promise<void>; stop(): void } {
    const ending = new AbortController();
    const signals = signal === undefined ? ending.signal : AbortSignal.any([ending.signal, signal]);
    // The end of waiting is no failure: whoever waits looks at the job again.
    const promise = once(this.#emitter, job, { signal: signals }).then(
      () => undefined,
      () => undefined,
    );
    return {
      promise,
      stop: () => {
        ending.abort();
      },
    };
  }
}
