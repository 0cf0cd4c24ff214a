/** When a full queue is worth another try. */
import type { Store } from "../store/store.js";

/** When nothing is known of how long jobs take. */
const USUAL_SECONDS = 10;
const LONGEST_SECONDS = 600;
/** How many of the last jobs say how long one takes. */
const RECENT_JOBS = 10;

/** About when one of those that wait has begun. */
export function secondsToRetry(store: Store): number {
  const { jobs } = store.jobs.list({ status: "completed", limit: RECENT_JOBS });
  const times = jobs.flatMap(({ started, completed }) =>
    started === undefined || completed === undefined ? [] : [(completed - started) / 1000],
  );
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return times.length === 0 ? USUAL_SECONDS : Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil(mean)));
}
