/**
 * JSON files of a model folder (`config.json`, `model_index.json`, `tokenizer_config.json`, ...), read whole and checked against a zod
 * schema. One rule holds for all: a known key with a value that cannot be used is an error; an unknown key is passed over with a note.
 */
import type { z } from "zod";
import { ConfigError } from "../errors.js";
import { foreignContent } from "./foreign-content.js";
import { FileProblem, readSmallFile } from "./local-file.js";
import { capped, quotedList } from "../text/quote.js";
import { isJsonObject, JsonProblem, parseStrictJson } from "./strict-json.js";
import { describeKey, formatPath } from "../text/describe-issue.js";

/** The largest JSON file of a diffusers folder is a `tokenizer.json`, a few megabytes; this is far beyond any. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** How a file is read whose schema is strict. */
export interface ConfigReading {
  /** Keys, as `a` or `a.b`, that its writers put there and that change nothing here: no word is lost about them. */
  readonly passedOver?: ReadonlySet<string> | undefined;
  /** Told in one sentence which other keys are not known. */
  readonly onNote?: OnNote | undefined;
}

export type OnNote = (message: string) => void;

/** Parses a JSON file. Throws `ConfigError` naming it. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return parseJson(await readSmallFile(file, MAX_JSON_BYTES), file);
  } catch (error) {
    throw error instanceof FileProblem ? new ConfigError(`${file} ${error.message}`, { cause: error }) : error;
  }
}

/** The JSON that `bytes`, the whole content of `file`, are. Throws `ConfigError` naming it. */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  const foreign = foreignContent(bytes, bytes.length);
  if (foreign !== undefined) {
    throw new ConfigError(`${file} ${foreign}`);
  }
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    throw error instanceof JsonProblem ? new ConfigError(`${file} ${error.message}`, { cause: error }) : error;
  }
}

/** Parses and validates a JSON file. Throws `ConfigError` with every key that is wrong, what it is and what was expected. */
export async function readConfig<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  reading: ConfigReading = {},
): Promise<z.output<Schema>> {
  return parseConfig(await readJson(file), file, schema, reading);
}

/** Validates parsed JSON; `file` is where it comes from. Throws like `readConfig`. */
export function parseConfig<Schema extends z.ZodType>(
  value: unknown,
  file: string,
  schema: Schema,
  { passedOver, onNote }: ConfigReading = {},
): z.output<Schema> {
  const strictly = schema.safeParse(value);
  const unknown = (strictly.error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [],
  );
  const result = unknown.length === 0 ? strictly : schema.safeParse(unknown.reduce(without, value));
  if (!result.success) {
    const problems = result.error.issues.map((issue) => describeKey(issue, value));
    throw new ConfigError(`${file}: ${capped(problems, "; ")}`, { cause: result.error });
  }
  // Keys with an underscore are what diffusers notes about the file itself.
  const told = unknown
    .filter((path) => !String(path.at(-1)).startsWith("_"))
    .map(formatPath)
    .filter((name) => passedOver?.has(name) !== true);
  if (told.length > 0) {
    onNote?.(`${file} has keys that are not known here and are passed over: ${quotedList(told)}`);
  }
  return result.data;
}

/** A copy of `value` that lacks the member at `path`. */
function without(value: unknown, [key, ...deeper]: readonly PropertyKey[]): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === key ? without(item, deeper) : item));
  }
  if (!isJsonObject(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, unknown][] =>
      name !== key ? [[name, member]] : deeper.length === 0 ? [] : [[name, without(member, deeper)]],
    ),
  );
}
