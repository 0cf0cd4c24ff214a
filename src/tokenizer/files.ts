/** The files of a tokenizer folder, each of which may be absent; JSON is checked against a zod schema. */
import { readFile, stat } from "node:fs/promises";
import type { z } from "zod";
import { CheckpointError, reasonOf } from "../errors.js";
import { foreignContent } from "../files/foreign-content.js";
import { type ConfigReading, parseConfig, parseJson } from "../files/json-file.js";

/** The largest published T5 tokenizer file has 17 MB (mT5's `tokenizer.json`). */
const LARGEST = 64 * 1024 * 1024;

/** The bytes of a file; undefined when there is none. Throws `CheckpointError` when it is there and cannot be read. */
export async function readIfPresent(file: string): Promise<Uint8Array | undefined> {
  try {
    // Asked before opening: opening a named pipe would wait for ever.
    const info = await stat(file);
    if (!info.isFile() || info.size > LARGEST) {
      throw new CheckpointError(
        info.isFile()
          ? `${file}: has ${info.size} bytes, expected ${LARGEST} at most.`
          : `${file}: is no regular file, expected one.`,
      );
    }
    const bytes = await readFile(file);
    const foreign = foreignContent(bytes, bytes.length);
    if (foreign !== undefined) {
      throw new CheckpointError(`${file}: ${foreign}.`);
    }
    return bytes;
  } catch (error) {
    if (error instanceof CheckpointError) {
      throw error;
    }
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return undefined;
    }
    throw new CheckpointError(`${file}: cannot be read (${reasonOf(error)}).`, { cause: error });
  }
}

/** A JSON file that may be absent. Throws `ConfigError` for what is wrong in it. */
export async function readJsonIfPresent<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  reading?: ConfigReading,
): Promise<z.output<Schema> | undefined> {
  const bytes = await readIfPresent(file);
  return bytes === undefined ? undefined : parseConfig(parseJson(bytes, file), file, schema, reading);
}
