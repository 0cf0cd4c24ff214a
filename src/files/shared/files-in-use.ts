/**
 * Files that must stay as they were found for as long as something is made from them: weights are mapped, not copied, so that a file that
 * changes meanwhile ends the inference process at best, and spoils a picture without a word at worst.
 */
import { stat } from "node:fs/promises";
import { CheckpointError } from "../../errors.js";
import { codeOf } from "../disk.js";

interface Stamp {
  readonly size: number;
  readonly mtimeMs: number;
}

export class FilesInUse {
  readonly #stamps = new Map<string, Stamp | undefined>();

  /** Remembers what `files` are like; those that are known already stay as they were found first. */
  async add(files: Iterable<string>): Promise<void> {
    for (const file of files) {
      if (!this.#stamps.has(file)) {
        this.#stamps.set(file, await stampOf(file));
      }
    }
  }

  /** Throws `CheckpointError` that names the first file that is another one by now. */
  async requireUnchanged(): Promise<void> {
    for (const [file, before] of this.#stamps) {
      const now = await stampOf(file);
      // A file that is gone is still there for whoever has it mapped, and is missed by whoever has not.
      if (before !== undefined && now !== undefined && (now.size !== before.size || now.mtimeMs !== before.mtimeMs)) {
        const what = now.size === before.size ? "was written to" : `had ${before.size} bytes and has ${now.size} now`;
        throw new CheckpointError(
          `${file} changed while it was in use (it ${what}); expected the file that was opened, so open the model again`,
        );
      }
    }
  }
}

/** `undefined` where there is none. */
async function stampOf(file: string): Promise<Stamp | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { size, mtimeMs };
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") {
      return undefined;
    }
    throw new CheckpointError(`${file} cannot be read any more: ${codeOf(thrown) ?? "for no known reason"}`, {
      cause: thrown,
    });
  }
}
