/** Trying again: failures that may pass are told from those that stay, and waits grow. */
import pRetry from "p-retry";
import { AbortedError, HubError } from "../../errors.js";

/** A failure that may pass; its message is the rest of a sentence that begins with the host. */
export class PassingProblem extends Error {}

/** A host that says when it will answer: no failure, as long as that is obeyed. */
export class AskedToWait extends Error {
  constructor(
    message: string,
    readonly host: string,
    /** How long it asks to be left alone. */
    readonly waitMs: number,
  ) {
    super(message);
  }
}

export interface Pace {
  /** Attempts after the first that bring nothing. */
  readonly retries: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

export const USUAL_PACE: Pace = { retries: 6, firstWaitMs: 1000, longestWaitMs: 30_000 };

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
      shouldRetry: ({ error }) => error instanceof PassingProblem,
      shouldConsumeRetry: () => advanced?.() !== true,
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (error instanceof PassingProblem && signal?.aborted !== true && (retriesLeft > 0 || advanced?.() === true)) {
          onRetry?.(error.message);
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
