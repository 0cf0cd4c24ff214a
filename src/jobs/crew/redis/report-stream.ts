/** What workers tell one server, in a stream that keeps it until the server has kept it, also while the server is away. */
import type { Redis } from "ioredis";
import { reportsKey } from "./connection.js";

/** A server that has not come back in so long does not miss its reports. */
const KEPT_SECONDS = 7 * 86_400;
const AT_ONCE = 100;

export interface StreamEntry {
  readonly id: string;
  readonly assignment: string;
  readonly job: string;
  /** As of `packReport`. Empty: only a worker's state has changed. */
  readonly text: string;
}

export async function append(redis: Redis, server: string, entry: Omit<StreamEntry, "id">): Promise<void> {
  const key = reportsKey(server);
  const { assignment, job, text } = entry;
  await redis
    .multi()
    .xadd(key, "*", "assignment", assignment, "job", job, "text", text)
    .expire(key, KEPT_SECONDS)
    .exec();
}

/** What has not been removed, the oldest first. @param milliseconds how long it waits where there is nothing; 0 does not wait */
export async function read(redis: Redis, server: string, milliseconds: number): Promise<StreamEntry[]> {
  const key = reportsKey(server);
  const found =
    milliseconds === 0
      ? await redis.xread("COUNT", AT_ONCE, "STREAMS", key, "0")
      : await redis.xread("COUNT", AT_ONCE, "BLOCK", milliseconds, "STREAMS", key, "0");
  return (found ?? []).flatMap(([, entries]) =>
    entries.map(([id, fields]) => {
      const values = new Map<string, string>();
      for (let index = 0; index + 1 < fields.length; index += 2) {
        values.set(fields[index] ?? "", fields[index + 1] ?? "");
      }
      const value = (name: string): string => values.get(name) ?? "";
      return { id, assignment: value("assignment"), job: value("job"), text: value("text") };
    }),
  );
}

export async function remove(redis: Redis, server: string, id: string): Promise<void> {
  await redis.xdel(reportsKey(server), id);
}
