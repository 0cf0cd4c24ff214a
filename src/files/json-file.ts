/** JSON files of a model folder (`config.json`, `model_index.json`, ...), read whole and checked against a zod schema. */
import type { z } from "zod";
import { ConfigError } from "../errors.js";
import { foreignContent } from "./foreign-content.js";
import { FileProblem, readSmallFile } from "./local-file.js";
import { capped } from "../text/quote.js";
import { JsonProblem, parseStrictJson } from "./strict-json.js";
import { describeKey } from "../text/describe-issue.js";

/** The largest JSON file of a diffusers folder is a `tokenizer.json`, a few megabytes; this is far beyond any. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** Parses a JSON file. Throws `ConfigError` naming it. */
export async function readJson(file: string): Promise<unknown> {
  try {
    const bytes = await readSmallFile(file, MAX_JSON_BYTES);
    const foreign = foreignContent(bytes, bytes.length);
    if (foreign !== undefined) {
      throw new FileProblem(foreign);
    }
    return parseStrictJson(bytes);
  } catch (error) {
    if (error instanceof FileProblem || error instanceof JsonProblem) {
      throw new ConfigError(`${file} ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Parses and validates a JSON file. Throws `ConfigError` with every key that is wrong, what it is and what was expected. */
export async function readConfig<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  return parseConfig(await readJson(file), file, schema);
}

/** Validates parsed JSON; `file` is where it comes from. Throws like `readConfig`. */
export function parseConfig<Schema extends z.ZodType>(value: unknown, file: string, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => describeKey(issue, value));
    throw new ConfigError(`${file}: ${capped(problems, "; ")}`, { cause: result.error });
  }
  return result.data;
}
