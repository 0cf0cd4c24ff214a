/** The disk below the cache: how much is free, and what went wrong when it cannot be written. */
import { lstat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { HubError, KandinskyError, reasonOf } from "../errors.js";

/** Bytes that this user may still write where `path` is or will be. */
export async function freeBytes(path: string): Promise<number> {
  for (let place = path; ; place = dirname(place)) {
    try {
      const { bavail, bsize } = await statfs(place);
      return bavail * bsize;
    } catch (thrown) {
      if (codeOf(thrown) !== "ENOENT" || dirname(place) === place) {
        throw new HubError(`the free space of ${place} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
      }
    }
  }
}

/** Milliseconds since a file, link or folder was last written to, by this machine's clock; `undefined` when there is none. */
export async function ageOf(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await lstat(path)).mtimeMs;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") {
      return undefined;
    }
    throw thrown;
  }
}

/** Runs file work; whatever the system says becomes one `HubError` that names `path`. */
export async function onDisk<Result>(
  path: string,
  work: () => Promise<Result>,
  done: "read" | "written" = "written",
): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof KandinskyError || codeOf(thrown) === undefined) {
      throw thrown;
    }
    throw new HubError(`${path} cannot be ${done}: ${reasonFor(thrown)}`, { cause: thrown });
  }
}

function reasonFor(thrown: unknown): string {
  switch (codeOf(thrown)) {
    case "ENOSPC":
      return "the disk is full; what has been fetched is kept, and the same command goes on from there";
    case "EDQUOT":
      return "the disk quota is used up; what has been fetched is kept, and the same command goes on from there";
    case "EROFS":
      return "the file system is read-only";
    case "EACCES":
    case "EPERM":
      return "permission is denied";
    case undefined:
    default:
      return reasonOf(thrown);
  }
}

/** `ENOENT` and its like; `undefined` for what the system did not throw. */
export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}
