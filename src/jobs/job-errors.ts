/** Why a job is not taken. */
import { KandinskyError } from "../errors.js";

/** As many jobs wait as the operator allows. */
export class QueueFullError extends KandinskyError {
  override readonly code = "queue_full";

  constructor(
    most: number,
    /** Seconds after which another try is worth it. */
    readonly retryAfter: number,
  ) {
    super(`${most} jobs are waiting, which is as many as this server takes; try again in ${retryAfter} seconds`);
  }
}

/** What is asked contradicts what was asked before. */
export class ConflictError extends KandinskyError {
  override readonly code = "conflict";
}

/** The operator's limits forbid it: of the key, of the size, of the number of steps. */
export class LimitError extends KandinskyError {
  override readonly code = "limit";

  constructor(
    message: string,
    /** Seconds after which it would be allowed; `undefined` when waiting changes nothing. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** The operator's filter refuses the text. */
export class FilteredError extends KandinskyError {
  override readonly code = "filtered";
}
