/**
 * A lock that two processes see, on a file of its own, and that a killed process cannot keep. Node has no flock, and
 * `proper-lockfile` frees a dead owner's lock only after a time without heartbeat; this one asks whether the owner still lives, and
 * goes by its heartbeat only where it cannot ask: on another machine, or when the process id may have a new owner.
 */
import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AbortedError, HubError } from "../../errors.js";
import { ageOf, codeOf, onDisk } from "../disk.js";
import { makeFolders } from "../make-folders.js";
import { temporaryName } from "./place-whole.js";
import { isAlive, processSpace, removeLeftBehind } from "./process-mark.js";

const HEARTBEAT_MS = 10_000;
/** Without a heartbeat for this long an owner counts as gone, whatever its process id says. */
const SILENCE_MS = 60_000;
/** An owner that was killed between making its lock and signing it. */
const UNSIGNED_MS = 2000;
const POLL_MS = 200;

const ownerSchema = z.object({ pid: z.int().positive(), host: z.string(), id: z.string() });
type Owner = z.output<typeof ownerSchema>;

export class FileLock {
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(
    private readonly file: string,
    private readonly id: string,
  ) {
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      utimes(file, now, now).catch(() => undefined); // `confirm` says what is wrong with the lock, where it matters.
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Takes the lock, or returns `undefined` while a living process has it. Throws `HubError` where no file can be made. */
  static async tryAcquire(file: string): Promise<FileLock | undefined> {
    await onDisk(file, () => makeFolders(dirname(file)));
    const id = randomUUID();
    for (;;) {
      if (await onDisk(file, () => create(file, { pid: process.pid, host: processSpace(), id }))) {
        // A process that was killed while it had an abandoned lock in its hands leaves it under the name that it gave it.
        await removeLeftBehind(dirname(file));
        return new FileLock(file, id);
      }
      if (!(await onDisk(file, () => removeAbandoned(file)))) {
        return undefined;
      }
    }
  }

  /** Waits for the lock; `onWait` is called once, when another process has it. */
  static async acquire(file: string, signal: AbortSignal | undefined, onWait: () => void): Promise<FileLock> {
    let waited = false;
    for (;;) {
      const lock = await FileLock.tryAcquire(file);
      if (lock !== undefined) {
        return lock;
      }
      if (signal?.aborted === true) {
        throw new AbortedError("stopped while waiting for another process");
      }
      if (!waited) {
        onWait();
      }
      waited = true;
      await sleep(POLL_MS);
    }
  }

  /** Throws `HubError` when another process has taken the lock, as after a long sleep of this machine. */
  async confirm(): Promise<void> {
    const owner = await ownerOf(this.file);
    if (owner?.id !== this.id) {
      throw new HubError(
        `${this.file} was taken over by another process, expected to hold it; the same command goes on from there`,
      );
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    if ((await ownerOf(this.file))?.id === this.id) {
      await rm(this.file, { force: true });
    }
  }
}

/** Removes the lock when its owner is dead. */
export async function removeIfAbandoned(file: string): Promise<void> {
  await removeAbandoned(file);
}

/** True when a living process holds the lock. */
export async function isHeld(file: string): Promise<boolean> {
  return (await judge(file)).held;
}

async function create(file: string, owner: Owner): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    try {
      await handle.writeFile(JSON.stringify(owner));
    } finally {
      await handle.close();
    }
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "EEXIST") {
      return false;
    }
    throw thrown;
  }
}

/** True when the way is free: the lock is gone, or its owner was and it has been removed. */
async function removeAbandoned(file: string): Promise<boolean> {
  const { held, owner } = await judge(file);
  if (held) {
    return false;
  }
  // Of several processes that judge alike only one gets the file; what it got may be a new lock, which it gives back.
  const taken = temporaryName(file);
  try {
    await rename(file, taken);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") {
      return true;
    }
    throw thrown;
  }
  if ((await ownerOf(taken))?.id !== owner?.id) {
    await link(taken, file).catch(() => undefined); // When a third has come, the owner learns of it by `confirm`.
  }
  await rm(taken, { force: true });
  return true;
}

async function judge(file: string): Promise<{ readonly held: boolean; readonly owner: Owner | undefined }> {
  const age = await ageOf(file);
  if (age === undefined) {
    return { held: false, owner: undefined };
  }
  const owner = await ownerOf(file);
  if (owner === undefined) {
    return { held: age < UNSIGNED_MS, owner };
  }
  const alive = owner.host !== processSpace() || isAlive(owner.pid);
  return { held: alive && age < SILENCE_MS, owner };
}

/** Who signed the lock; `undefined` for nobody. */
async function ownerOf(file: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.safeParse(JSON.parse(await readFile(file, "utf8"))).data;
  } catch (thrown) {
    if (thrown instanceof SyntaxError || codeOf(thrown) === "ENOENT") {
      return undefined;
    }
    throw thrown;
  }
}
