/** Makes a folder and those above it. Node's own recursive form spins for ever where a system answers ENOENT for a folder that is there, as /proc does. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./disk.js";

/** Errors of the file system come as they are. */
export async function makeFolders(folder: string): Promise<void> {
  try {
    await makeOne(folder);
  } catch (thrown) {
    if (codeOf(thrown) !== "ENOENT" || dirname(folder) === folder) {
      throw thrown;
    }
    await makeFolders(dirname(folder));
    await makeOne(folder);
  }
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (thrown) {
    // A plain file in its place shows when something is put into it, with a name of its own.
    if (codeOf(thrown) !== "EEXIST") {
      throw thrown;
    }
  }
}
