/** Fills a folder so that it is there whole or not at all: beside its final place first, then renamed. */
import { readdir, rename, rm, rmdir, statfs } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { CheckpointError, KandinskyError, reasonOf } from "../errors.js";
import { article, FileProblem, pathKind } from "./local-file.js";
import { quotedList } from "../text/quote.js";
import { forgetTemporaryFolder, temporaryFolder } from "./shared/temporary-folder.js";

/** Bytes of the final name that the temporary one keeps; file systems allow 255 for all of it. */
const KEPT_NAME_LENGTH = 60;

/**
 * Makes the folder `path`, which must be missing or empty, with what `fill` writes into the folder that it is given; `bytes` is
 * how much that will be. Throws `CheckpointError`, or what `fill` throws; then nothing is left behind.
 */
export async function makeFolder(path: string, bytes: number, fill: (folder: string) => Promise<void>): Promise<void> {
  const target = resolve(path);
  try {
    await requireFree(target, path);
    await requireSpace(dirname(target), bytes, path);
    const prefix = `.${basename(target).slice(0, KEPT_NAME_LENGTH)}.`;
    const folder = await temporaryFolder(dirname(target), prefix);
    try {
      await fill(folder);
      if (await requireFree(target, path)) {
        await rmdir(target); // Not every system renames onto an empty folder.
      }
      await rename(folder, target);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      forgetTemporaryFolder(folder);
    }
  } catch (error) {
    if (error instanceof KandinskyError) {
      throw error;
    }
    throw new CheckpointError(`${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

/** Returns whether an empty folder is there already. */
async function requireFree(target: string, path: string): Promise<boolean> {
  const kind = await kindOf(target, path);
  if (kind === "missing") {
    return false;
  }
  if (kind !== "folder") {
    throw new CheckpointError(`${path} is ${article(kind)}, expected a new or an empty folder`);
  }
  const names = await readdir(target);
  if (names.length > 0) {
    throw new CheckpointError(`${path} is not empty (${quotedList(names)}), expected a new or an empty folder`);
  }
  return true;
}

async function requireSpace(parent: string, bytes: number, path: string): Promise<void> {
  if ((await kindOf(parent, parent)) !== "folder") {
    throw new CheckpointError(`${path} cannot be written: the folder ${parent} does not exist`);
  }
  const { bavail, bsize } = await statfs(parent);
  if (bytes > bavail * bsize) {
    throw new CheckpointError(`${path} needs ${bytes} bytes, but ${parent} has ${bavail * bsize} left`);
  }
}

async function kindOf(target: string, path: string): ReturnType<typeof pathKind> {
  try {
    return await pathKind(target);
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new CheckpointError(`${path} ${error.message}`, { cause: error });
    }
    throw error;
  }
}
