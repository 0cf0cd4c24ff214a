/** Hosts that asked to be left alone: one wait for all who want something of them. */
import { setTimeout as sleep } from "node:timers/promises";

/** Refusals that come within this time belong to one wait, which is told once. */
const ONE_WAIT_MS = 1000;

export class HostWaits {
  /** When each host may be asked again, in milliseconds of `performance.now()`. */
  readonly #ends = new Map<string, number>();

  /** Notes that `host` wants no request for so long. Returns whether this is a wait that was not known of yet. */
  ask(host: string, waitMs: number): boolean {
    const now = performance.now();
    const known = this.#ends.get(host) ?? 0;
    const end = now + waitMs;
    this.#ends.set(host, Math.max(known, end));
    return known <= now || end > known + ONE_WAIT_MS;
  }

  /** Resolves when `host` may be asked. Rejects with `AbortError` by the signal. */
  async pass(host: string, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const rest = (this.#ends.get(host) ?? 0) - performance.now();
      if (rest <= 0) {
        return;
      }
      await sleep(Math.ceil(rest), undefined, signal === undefined ? {} : { signal });
    }
  }
}
