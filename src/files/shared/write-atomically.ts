/** Writes a file that users have named, whole or not at all: through links, with the mode that it had, to devices as to files. */
import type { Stats } from "node:fs";
import { open, realpath, stat, writeFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { AbortedError, ImageError, reasonOf } from "../../errors.js";
import { codeOf } from "../disk.js";
import { toDisk } from "../to-disk.js";
import { placeWhole } from "./place-whole.js";

/** Throws one `ImageError` when the file cannot be written, `AbortedError` when the signal came before the last step. */
export async function writeAtomically(file: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  throwIfAborted(file, signal);
  try {
    const existing = await statIfThere(file);
    if (existing?.isDirectory() === true) {
      throw new ImageError(`${describe(file)}: it is a folder, expected a file name`);
    }
    if (existing !== undefined && !existing.isFile()) {
      // A device or pipe must not be replaced by a file, and cannot be half there.
      await writeFile(file, bytes, { signal });
      return;
    }
    // Through a link to what it means, or the link itself would be replaced.
    await replace(existing === undefined ? file : await realpath(file), file, bytes, existing?.mode, signal);
  } catch (thrown) {
    if (thrown instanceof ImageError || thrown instanceof AbortedError) {
      throw thrown;
    }
    throwIfAborted(file, signal);
    throw new ImageError(`${describe(file)}: ${reasonFor(thrown, file)}`, { cause: thrown });
  }
}

async function replace(
  target: string,
  file: string,
  bytes: Uint8Array,
  mode: number | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  await placeWhole(target, async (temporary) => {
    const handle = await open(temporary, "wx");
    try {
      await fill(handle, bytes, mode);
    } finally {
      await handle.close();
    }
    throwIfAborted(file, signal);
  });
}

async function fill(handle: FileHandle, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  await handle.writeFile(bytes);
  if (mode !== undefined) {
    await handle.chmod(mode & 0o777);
  }
  // Some file systems report a full disk only here, and a rename may reach the disk before the data do.
  await toDisk(handle);
}

async function statIfThere(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") {
      return undefined;
    }
    throw thrown;
  }
}

function throwIfAborted(file: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new AbortedError(`stopped before ${JSON.stringify(file)} was written`);
  }
}

function describe(file: string): string {
  return `${JSON.stringify(file)} cannot be written`;
}

function reasonFor(thrown: unknown, file: string): string {
  switch (codeOf(thrown)) {
    case "ENOENT":
      return `the folder ${JSON.stringify(dirname(file))} does not exist`;
    case "ENOTDIR":
      return `${JSON.stringify(dirname(file))} is not a folder`;
    case "EISDIR":
      return "it is a folder, expected a file name";
    case "EACCES":
    case "EPERM":
      return "permission is denied";
    case "EROFS":
      return "the file system is read-only";
    case "ENOSPC":
      return "the disk is full";
    case "EDQUOT":
      return "the disk quota is used up";
    case "ENAMETOOLONG":
      return "the name is too long";
    case undefined:
    default:
      return reasonOf(thrown);
  }
}
