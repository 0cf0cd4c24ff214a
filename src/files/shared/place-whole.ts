/**
 * Makes a file so that it is there whole or not at all: beside its final place first, then renamed. What is under way when a program is
 * stopped goes as long as it calls `removeTemporaryFiles` on its way out; what a killed one left goes with the next file in that folder.
 */
import { rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { processMark, removeLeftBehind } from "./process-mark.js";

/** Bytes of the final name that the temporary one keeps; file systems allow 255 for all of it. */
const KEPT_NAME_BYTES = 180;

const liveFiles = new Set<string>();
/** Folders that this process has looked through. */
const clean = new Set<string>();

/** `make` writes the file under the name that it is given. Throws what it throws, and errors of the file system as they come. */
export async function placeWhole(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(target);
  if (!clean.has(folder)) {
    clean.add(folder);
    await removeLeftBehind(folder);
  }
  const temporary = temporaryName(target);
  liveFiles.add(temporary);
  try {
    await make(temporary);
    await rename(temporary, target);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined); // What went wrong first is what counts.
    throw thrown;
  } finally {
    liveFiles.delete(temporary);
  }
}

/** A name beside `target` that tells whose it is. */
export function temporaryName(target: string): string {
  const name = Buffer.from(basename(target)).subarray(0, KEPT_NAME_BYTES).toString();
  return join(dirname(target), `.${name}.${processMark()}`);
}

/** Removes the temporary files of all writes under way, without waiting: for a process that must end now. */
export function removeTemporaryFiles(): void {
  for (const file of liveFiles) {
    try {
      rmSync(file, { force: true });
    } catch {
      // The process is ending; there is nobody left to tell and nothing else to do about it.
    }
  }
  liveFiles.clear();
}
