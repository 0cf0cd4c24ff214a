/** Connections to the Redis that servers and workers share, and the names of what they keep there. */
import type { Redis } from "ioredis";
import { KandinskyError, reasonOf, UsageError } from "../../../errors.js";
import { StoreError } from "../../store/database.js";

/** All names begin with it. The number changes with what servers and workers say to each other, so that two versions never meet. */
const PREFIX = "kandinsky3:1";

export const QUEUE = { name: "assignments", prefix: PREFIX } as const;
export const WORKER_NAMES = `${PREFIX}:workers`;
export const workerKey = (name: string): string => `${PREFIX}:worker:${name}`;
export const pictureKey = (id: string): string => `${PREFIX}:picture:${id}`;
export const cancelKey = (assignment: string): string => `${PREFIX}:cancel:${assignment}`;
export const reportsKey = (server: string): string => `${PREFIX}:server:${server}:reports`;
export const assignmentsKey = (server: string): string => `${PREFIX}:server:${server}:assignments`;

const LONGEST_PAUSE_MS = 2000;
const CONNECT_MS = 5000;

/** Redis cannot be reached. */
class QueueError extends KandinskyError {
  override readonly code = "queue";
}

/**
 * How a connection meets a Redis that is away: `waiting` keeps what it is told until Redis is back, for who has nothing else to do;
 * `impatient` throws after one try, for who is asked by others.
 */
export type Patience = "waiting" | "impatient";

/** Makes connections to one address, and ends them together. */
export class Connections {
  readonly #open: Redis[] = [];

  private constructor(
    private readonly url: string,
    private readonly Constructor: typeof Redis,
    private readonly onTrouble: (message: string) => void,
  ) {}

  /** Throws `UsageError` for what is no address of Redis, and `QueueError` where none answers. */
  static async open(url: string, onTrouble: (message: string) => void): Promise<Connections> {
    const address = URL.canParse(url) ? new URL(url) : undefined;
    if (address === undefined || !["redis:", "rediss:"].includes(address.protocol) || address.hostname === "") {
      throw new UsageError(
        `--queue: expected an address such as redis://localhost:6379, got ${JSON.stringify(withoutPassword(url))}`,
      );
    }
    // Loaded where it is used: a server of one machine has no need of it.
    const { Redis: Constructor } = await import("ioredis");
    const probe = new Constructor(url, {
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    let why: unknown;
    probe.on("error", (error: unknown) => {
      why = error;
    });
    try {
      await probe.connect();
      await probe.ping();
    } catch (thrown) {
      throw new QueueError(`--queue: ${withoutPassword(url)} cannot be used: ${reasonOf(why ?? thrown)}`, {
        cause: thrown,
      });
    } finally {
      probe.disconnect();
    }
    return new Connections(url, Constructor, onTrouble);
  }

  connect(patience: Patience): Redis {
    let away = false;
    const redis = new this.Constructor(this.url, {
      connectTimeout: CONNECT_MS,
      maxRetriesPerRequest: patience === "waiting" ? null : 1,
      retryStrategy: (tries) => Math.min(100 * tries, LONGEST_PAUSE_MS),
    });
    redis.on("error", (error: unknown) => {
      if (!away) {
        away = true;
        this.onTrouble(`the queue cannot be reached, and is tried again: ${reasonOf(error)}`);
      }
    });
    redis.on("ready", () => {
      away = false;
    });
    this.#open.push(redis);
    return redis;
  }

  close(): void {
    for (const redis of this.#open) {
      redis.disconnect();
    }
  }
}

/** Throws `StoreError` where Redis does not do what it is asked: then nothing more can be kept or handed over at the moment. */
export async function asking<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof KandinskyError) {
      throw thrown;
    }
    throw new StoreError(`the queue cannot be used at the moment: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

export function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/, "//");
}
