/**
 * A small answer that takes long to find, kept in a file of its own: made again when the file is damaged, and known only to this run
 * where the cache cannot be written.
 */
import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { makeFolders } from "../make-folders.js";

export interface AnswerOptions<Answer> {
  readonly schema: z.ZodType<Answer>;
  readonly make: () => Promise<Answer>;
  /** Told when the file is damaged. */
  readonly onNote: (message: string) => void;
}

/** Throws what `make` throws. */
export async function keptAnswer<Answer>(
  file: string,
  { schema, make, onNote }: AnswerOptions<Answer>,
): Promise<Answer> {
  const known = await read(file, schema, onNote);
  if (known !== undefined) {
    return known;
  }
  const answer = await make();
  const temporary = `${file}.${process.pid}-${randomUUID()}`;
  try {
    await makeFolders(dirname(file));
    await writeFile(temporary, JSON.stringify(answer));
    await rename(temporary, file);
  } catch {
    // The next run asks again, which is all that is lost.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  return answer;
}

async function read<Answer>(
  file: string,
  schema: z.ZodType<Answer>,
  onNote: (message: string) => void,
): Promise<Answer | undefined> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(file, "utf8")));
    if (parsed.success) {
      return parsed.data;
    }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) {
      return undefined; // It is not there, or not ours to read.
    }
  }
  onNote(`${file} is damaged and is made again`);
  return undefined;
}
