/**
 * Making sure that what was written is on the disk. By the descriptor, not by the handle's own method: Yarn's Plug'n'Play puts handles
 * of its own in place of Node's, which lack it, and a picture that is written must not fail for that.
 */
import { fsync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";

const flush = promisify(fsync);

/** Throws what the system says, which on some file systems is only here that the disk is full. */
export async function toDisk({ fd }: FileHandle): Promise<void> {
  await flush(fd);
}
