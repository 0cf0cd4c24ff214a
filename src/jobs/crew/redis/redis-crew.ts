/**
 * Workers on many machines, reached through Redis. BullMQ hands each assignment to one of them and notices when a worker that holds one
 * dies; what workers report lies in a stream until the server has kept it, so that either side may be away for a while.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { StoreError } from "../../store/database.js";
import { type Assignment, type Crew, endsAssignment, type Report, type ReportTo, type WorkerState } from "../crew.js";
import { AssignmentQueue } from "./assignment-queue.js";
import { asking, assignmentsKey, cancelKey, Connections } from "./connection.js";
import { openExchange, type PictureExchange } from "./picture-exchange.js";
import { read, remove, type StreamEntry } from "./report-stream.js";
import { Unpacking } from "./unpacking.js";
import { packPictures } from "./wire.js";
import { type BoardEntry, readBoard } from "./worker-board.js";

/** How long one look at the stream waits. */
const LOOK_MS = 1000;
const SWEEP_MS = 2000;
const RETRY_MS = 500;
const CANCEL_SECONDS = 86_400;

export interface RedisCrewOptions {
  /** `redis://[user:password@]host:port[/database]`, or `rediss:` */
  readonly url: string;
  /** Which server it is, the same after a restart. */
  readonly server: string;
  /** Where pictures travel; through Redis when left out. */
  readonly sharedFolder?: string | undefined;
  readonly onTrouble?: (message: string) => void;
  /** Milliseconds without a word after which a worker that has an assignment is given up. */
  readonly patience?: number;
}

export class RedisCrew implements Crew {
  /** The ids of assignments, by their jobs. */
  readonly #assignments = new Map<string, string>();
  /** Jobs that are being handed over: the queue may not know of them yet. */
  readonly #handing = new Set<string>();
  #board: readonly BoardEntry[] = [];
  #report: ReportTo = () => Promise.resolve();
  #onFree = (): void => undefined;
  #closing = false;
  #swept = 0;
  #listening: Promise<void> = Promise.resolve();
  readonly #unpacking: Unpacking;

  private constructor(
    private readonly options: RedisCrewOptions,
    private readonly connections: Connections,
    private readonly redis: Redis,
    private readonly listener: Redis,
    private readonly queue: AssignmentQueue,
    private readonly exchange: PictureExchange,
  ) {
    this.#unpacking = new Unpacking(exchange);
  }

  /** Throws `UsageError`, `StoreError`, and a `KandinskyError` where no Redis answers. */
  static async open(options: RedisCrewOptions): Promise<RedisCrew> {
    const connections = await Connections.open(options.url, options.onTrouble ?? (() => undefined));
    try {
      const redis = connections.connect("impatient");
      const queue = await AssignmentQueue.open(connections, redis, options.patience);
      const exchange = await openExchange(redis, options.sharedFolder);
      return new RedisCrew(options, connections, redis, connections.connect("waiting"), queue, exchange);
    } catch (thrown) {
      connections.close();
      throw thrown;
    }
  }

  async start(report: ReportTo, atWork: readonly string[]): Promise<void> {
    this.#report = report;
    const handedOut = await asking(() => this.redis.hgetall(assignmentsKey(this.options.server)));
    for (const [job, assignment] of Object.entries(handedOut)) {
      if (atWork.includes(job)) {
        this.#assignments.set(job, assignment);
      } else {
        await asking(() => this.#forget(job, assignment));
      }
    }
    await asking(() => this.#drain());
    for (const job of atWork.filter((one) => !this.#assignments.has(one))) {
      await report(job, { type: "returned" });
    }
    await asking(() => this.#look());
    this.#listening = this.#listen();
  }

  free(): number {
    const held = new Set(this.#board.map(({ job }) => job));
    // What no worker shows has been handed over and is about to be taken.
    const underWay = [...this.#assignments.keys()].filter((job) => !held.has(job)).length;
    return this.#board.filter(({ free }) => free).length - underWay;
  }

  /** Which of several free workers takes an assignment is not decided here. */
  warmth(): string | undefined {
    return this.#board.find(({ free }) => free)?.warmth;
  }

  workers(): readonly WorkerState[] {
    return this.#board.map(({ name, job, warmth }) => ({ name, job, warmth }));
  }

  onFree(listener: () => void): void {
    this.#onFree = listener;
  }

  async assign({ job, requestId, fields, warmth, pictures }: Assignment): Promise<void> {
    const id = randomUUID();
    const { server, sharedFolder } = this.options;
    this.#assignments.set(job, id);
    this.#handing.add(job);
    try {
      const packed = await packPictures(pictures, this.exchange);
      await asking(async () => {
        // Written first: whatever the queue then has, the next start of the server finds.
        await this.redis.hset(assignmentsKey(server), job, id);
        const wire = { id, server, job, requestId, fields, warmth, pictures: packed };
        await this.queue.add({ ...wire, sharedFolder: sharedFolder !== undefined });
      });
    } catch (thrown) {
      // Should the queue have taken it all the same, nothing that is reported of it counts.
      this.#assignments.delete(job);
      throw thrown;
    } finally {
      this.#handing.delete(job);
    }
  }

  async cancel(job: string): Promise<void> {
    const assignment = this.#assignments.get(job);
    if (assignment === undefined) {
      return;
    }
    await asking(async () => {
      // Said before it is taken out: a worker that begins at this moment reads it.
      await this.redis.set(cancelKey(assignment), "1", "EX", CANCEL_SECONDS);
      if (await this.queue.takeOut(assignment)) {
        await this.#end(job, assignment, { type: "cancelled" });
      }
    });
  }

  /** What runs goes on elsewhere; the next start hears of it. */
  async close(): Promise<void> {
    this.#closing = true;
    // What has been read and not removed is read again by the next start.
    this.listener.disconnect();
    await this.#listening;
    await this.queue.close();
    this.connections.close();
  }

  async #listen(): Promise<void> {
    while (!this.#closing) {
      try {
        const entries = await read(this.listener, this.options.server, LOOK_MS);
        await this.#keepAll(entries);
        await this.#look();
        if (Date.now() - this.#swept >= SWEEP_MS) {
          await this.#sweep();
          this.#swept = Date.now();
        }
      } catch (thrown) {
        // A Redis that is away is told of by its connection, once.
        if (thrown instanceof StoreError) {
          this.options.onTrouble?.(thrown.message);
        }
        await sleep(RETRY_MS);
      }
    }
  }

  async #look(): Promise<void> {
    this.#board = await readBoard(this.redis);
    if (this.free() > 0) {
      this.#onFree();
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      const entries = await read(this.redis, this.options.server, 0);
      if (entries.length === 0) {
        return;
      }
      await this.#keepAll(entries);
    }
  }

  async #keepAll(entries: readonly StreamEntry[]): Promise<void> {
    for (const entry of entries) {
      if (entry.text !== "" && this.#assignments.get(entry.job) === entry.assignment) {
        await this.#keep(entry);
      }
      await remove(this.redis, this.options.server, entry.id);
    }
  }

  async #keep(entry: StreamEntry): Promise<void> {
    const { job, assignment } = entry;
    const { report, refs } = await this.#unpacking.of(entry);
    if (endsAssignment(report)) {
      await this.#end(job, assignment, report);
    } else {
      await this.#report(job, report);
    }
    await Promise.all(refs.map((ref) => this.exchange.drop(ref)));
  }

  /** Finds what will never be reported: its worker died, or Redis lost it. */
  async #sweep(): Promise<void> {
    const ended: [string, string, Report][] = [];
    for (const [job, assignment] of this.#assignments) {
      if (this.#handing.has(job)) {
        continue;
      }
      const state = await this.queue.stateOf(assignment);
      if (state !== "there") {
        const reason = "its worker has not been heard of any more";
        ended.push([job, assignment, state === "gone" ? { type: "returned" } : { type: "lost", reason }]);
      }
    }
    if (ended.length > 0) {
      // A worker reports before it lets go of its assignment.
      await this.#drain();
    }
    for (const [job, assignment, report] of ended) {
      if (this.#assignments.get(job) === assignment) {
        await this.#end(job, assignment, report);
      }
    }
  }

  /** Kept first: a kill in between has it told once more, which changes nothing. */
  async #end(job: string, assignment: string, report: Report): Promise<void> {
    await this.#report(job, report);
    this.#assignments.delete(job);
    await this.#forget(job, assignment);
  }

  async #forget(job: string, assignment: string): Promise<void> {
    await this.queue.takeOut(assignment);
    // The job may have been handed out anew in the meantime.
    if (!this.#assignments.has(job)) {
      await this.redis.hdel(assignmentsKey(this.options.server), job);
    }
  }
}
