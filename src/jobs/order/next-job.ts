/**
 * Which of the waiting jobs comes next. Higher priorities first; among equals the owner who has least at work and was served longest
 * ago, so that one who asks for a hundred pictures does not keep another waiting for one; of one owner the oldest. A job that can use
 * what a worker has open goes before, as long as nobody is passed over for longer than a bound.
 */
import type { WaitingJob } from "../store/jobs-table.js";

/** How long a job may be passed over for the sake of what is open. */
export const LONGEST_PASSING_OVER_MS = 30_000;

export interface Situation {
  readonly waiting: readonly WaitingJob[];
  /** Jobs at work, by owner. */
  readonly atWork: ReadonlyMap<string, number>;
  /** When a job of each owner was last begun. */
  readonly lastStarts: ReadonlyMap<string, number>;
  /** What the free worker has open; `undefined` when nothing is. */
  readonly warmth: string | undefined;
  /** Since when each job has been passed over. */
  readonly passedOver: ReadonlyMap<string, number>;
  readonly now: number;
}

/** The job that comes next, and the one whose turn it was, where that is another; `undefined` when none waits. */
export function nextJob(
  situation: Situation,
): { readonly job: WaitingJob; readonly passed: WaitingJob | undefined } | undefined {
  const { waiting, warmth, passedOver, now } = situation;
  const [fair] = inOrder(situation);
  if (fair === undefined) {
    return undefined;
  }
  const since = passedOver.get(fair.id) ?? now;
  const mayPass = fair.warmth !== warmth && now - since < LONGEST_PASSING_OVER_MS;
  const warm = mayPass ? waiting.find((job) => job.warmth === warmth && job.priority === fair.priority) : undefined;
  return warm === undefined ? { job: fair, passed: undefined } : { job: warm, passed: fair };
}

/** All waiting jobs in the order of their turns, as if each owner's next one were begun after the other. */
export function inOrder({ waiting, atWork, lastStarts, now }: Situation): WaitingJob[] {
  const load = new Map(atWork);
  const served = new Map(lastStarts);
  const queues = new Map<string, WaitingJob[]>();
  for (const job of [...waiting].sort((a, b) => b.priority - a.priority || a.seq - b.seq)) {
    const queue = queues.get(job.owner);
    if (queue === undefined) {
      queues.set(job.owner, [job]);
    } else {
      queue.push(job);
    }
  }
  const order: WaitingJob[] = [];
  for (let turn = 0; order.length < waiting.length; turn += 1) {
    const heads = [...queues.values()].flatMap(([head]) => (head === undefined ? [] : [head]));
    const rank = (job: WaitingJob): readonly number[] => [
      -job.priority,
      load.get(job.owner) ?? 0,
      served.get(job.owner) ?? 0,
      job.seq,
    ];
    const next = heads.reduce((best, head) => (isBefore(rank(head), rank(best)) ? head : best));
    order.push(next);
    queues.get(next.owner)?.shift();
    // Turns to come count as later than any that was.
    served.set(next.owner, now + turn + 1);
    load.set(next.owner, (load.get(next.owner) ?? 0) + 1);
  }
  return order;
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) {
      return value < other;
    }
  }
  return false;
}
