/** Which workers are there: each writes its state every so often, and one that has not for a while is gone. */
import type { Redis } from "ioredis";
import type { WorkerState } from "../crew.js";
import { WORKER_NAMES, workerKey } from "./connection.js";

/** Between two entries of a worker. */
export const BEAT_MS = 2000;
const GONE_MS = 3 * BEAT_MS;

export interface BoardEntry extends WorkerState {
  /** Whether it waits for an assignment. */
  readonly free: boolean;
}

export async function announce(redis: Redis, entry: BoardEntry): Promise<void> {
  await redis
    .multi()
    .set(workerKey(entry.name), JSON.stringify(entry), "PX", GONE_MS)
    .sadd(WORKER_NAMES, entry.name)
    .exec();
}

export async function takeLeave(redis: Redis, name: string): Promise<void> {
  await redis.multi().del(workerKey(name)).srem(WORKER_NAMES, name).exec();
}

/** Those that are there, by their names; who is gone is forgotten. */
export async function readBoard(redis: Redis): Promise<BoardEntry[]> {
  const names = (await redis.smembers(WORKER_NAMES)).sort();
  if (names.length === 0) {
    return [];
  }
  const texts = await redis.mget(names.map(workerKey));
  const gone = names.filter((_name, index) => texts[index] === null);
  if (gone.length > 0) {
    await redis.srem(WORKER_NAMES, ...gone);
  }
  return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as BoardEntry]));
}
