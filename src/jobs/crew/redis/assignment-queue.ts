/** The server's side of BullMQ's queue: each assignment goes to one worker, which holds it by a lock that it renews. */
import type { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { type Connections, QUEUE } from "./connection.js";
import type { WireAssignment } from "./wire.js";

/** How long a worker may keep silent before what it holds is given up. */
const PATIENCE_MS = 15_000;

/** The options that decide when a holder counts as dead; servers and workers need the same ones. */
export function lockOptions(patience = PATIENCE_MS): {
  readonly lockDuration: number;
  readonly stalledInterval: number;
  readonly maxStalledCount: number;
} {
  return { lockDuration: patience, stalledInterval: patience / 3, maxStalledCount: 0 };
}

export class AssignmentQueue {
  private constructor(
    private readonly queue: Queue<WireAssignment>,
    /** Takes no assignments: it looks for those whose worker has died, also when no worker is left to do it. */
    private readonly watch: Worker,
  ) {}

  static async open(connections: Connections, redis: Redis, patience?: number): Promise<AssignmentQueue> {
    const { Queue: QueueOf, Worker: WorkerOf } = await import("bullmq");
    const { name, prefix } = QUEUE;
    const queue = new QueueOf<WireAssignment>(name, { connection: redis, prefix });
    const watch = new WorkerOf(name, null, {
      connection: connections.connect("waiting"),
      prefix,
      autorun: false,
      ...lockOptions(patience),
    });
    // What goes wrong with the connections is told by themselves.
    queue.on("error", () => undefined);
    watch.on("error", () => undefined);
    await watch.startStalledCheckTimer();
    return new AssignmentQueue(queue, watch);
  }

  async add(assignment: WireAssignment): Promise<void> {
    await this.queue.add("images", assignment, {
      jobId: assignment.id,
      removeOnComplete: true,
      removeOnFail: false,
    });
  }

  /** Whether it was there and nobody had it. */
  async takeOut(id: string): Promise<boolean> {
    return (await this.queue.remove(id)) === 1;
  }

  /** `gone`: the queue knows nothing of it; `dead`: the worker that had it died. */
  async stateOf(id: string): Promise<"there" | "gone" | "dead"> {
    const job = await this.queue.getJob(id);
    if (job === undefined) {
      return "gone";
    }
    return job.stalledCounter > 0 || job.finishedOn !== undefined ? "dead" : "there";
  }

  async close(): Promise<void> {
    await this.watch.close(true);
    await this.queue.close();
  }
}
