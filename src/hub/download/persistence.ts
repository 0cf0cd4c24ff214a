/** Trying again: failures that may pass are told from those that stay, and waits grow unless the server names one. */
import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { AbortedError, HubError } from "../../errors.js";

/** A failure that may pass; its message is the rest of a sentence that begins with the host. */
export class PassingProblem extends Error {
  constructor(
    message: string,
    options: ErrorOptions & {
      /** How long the server asks to be left alone. */
      readonly waitMs?: number | undefined;
    } = {},
  ) {
    super(message, options);
    this.waitMs = options.waitMs;
  }

  readonly waitMs: number | undefined;
}

export interface Pace {
  /** Attempts after the first that bring nothing. */
  readonly retries: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

export const USUAL_PACE: Pace = { retries: 6, firstWaitMs: 1000, longestWaitMs: 30_000 };

/** A server that asks for more than this is not worth waiting for without a word. */
const LONGEST_ASKED_WAIT_MS = 10 * 60_000;

export interface PersistOptions {
  readonly pace: Pace;
  readonly signal: AbortSignal | undefined;
  /** True when the last attempt brought something; it costs no attempt then. */
  readonly advanced?: () => boolean;
  readonly onRetry?: (reason: string) => void;
}

/** Repeats `attempt` while it throws `PassingProblem`. Throws `HubError` when that does not end, `AbortedError` by the signal. */
export async function persist<Result>(attempt: () => Promise<Result>, options: PersistOptions): Promise<Result> {
  const { pace, signal, advanced, onRetry } = options;
  try {
    return await pRetry(attempt, {
      retries: pace.retries,
      minTimeout: pace.firstWaitMs,
      maxTimeout: pace.longestWaitMs,
      randomize: true,
      ...(signal === undefined ? {} : { signal }),
      shouldRetry: ({ error }) => error instanceof PassingProblem && (error.waitMs ?? 0) <= LONGEST_ASKED_WAIT_MS,
      shouldConsumeRetry: () => advanced?.() !== true,
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (error instanceof PassingProblem && signal?.aborted !== true && (retriesLeft > 0 || advanced?.() === true)) {
          onRetry?.(error.message);
          if (error.waitMs !== undefined && error.waitMs <= LONGEST_ASKED_WAIT_MS) {
            await sleep(error.waitMs, undefined, signal === undefined ? {} : { signal });
          }
        }
      },
    });
  } catch (thrown) {
    if (signal?.aborted === true) {
      throw new AbortedError("stopped before everything was fetched; the same command goes on from there", {
        cause: thrown,
      });
    }
    if (thrown instanceof PassingProblem) {
      throw new HubError(thrown.message, { cause: thrown });
    }
    throw thrown;
  }
}

/** Milliseconds that a `Retry-After` header asks for: seconds or a date. */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  if (/^\d+$/.test(header)) {
    return Number(header) * 1000;
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
