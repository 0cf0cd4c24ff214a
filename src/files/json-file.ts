/** JSON files of a model folder (`config.json`, `model_index.json`, ...), read whole and checked against a zod schema. */
import type { z } from "zod";
import { ConfigError } from "../errors.js";
import { FileProblem, readSmallFile } from "./local-file.js";
import { capped, quoted } from "../text/quote.js";
import { isJsonObject, JsonProblem, parseStrictJson } from "./strict-json.js";

/** The largest JSON file of a diffusers folder is a `tokenizer.json`, a few megabytes; this is far beyond any. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** Longest value shown in a message. */
const LONGEST_VALUE = 100;

type Issue = z.core.$ZodIssue;

/** Parses a JSON file. Throws `ConfigError` naming it. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return parseStrictJson(await readSmallFile(file, MAX_JSON_BYTES));
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
    const problems = result.error.issues.map((issue) => describeIssue(issue, value));
    throw new ConfigError(`${file}: ${capped(problems, "; ")}`, { cause: result.error });
  }
  return result.data;
}

/** `"norm_eps" is "small", expected number`, for the value that the schema was given. */
function describeIssue(issue: Issue, root: unknown): string {
  const where = issue.path.length === 0 ? "the file" : quoted(formatPath(issue.path));
  if (issue.code === "unrecognized_keys") {
    return `${where} has unknown keys: ${capped(issue.keys.map(quoted))}`;
  }
  const got = valueAt(root, issue.path);
  return `${where} is ${got === undefined ? "missing" : formatValue(got)}, expected ${expectedBy(issue)}`;
}

/** What an issue asks for. zod puts it into its message, after the word "expected"; refinements of ours follow suit. */
function expectedBy(issue: Issue): string {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectedBy)))].join(" or ");
  }
  return /\bexpected (.*?)(?:, received .*)?$/su.exec(issue.message)?.[1] ?? issue.message;
}

/** `down_blocks[0].channels` */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, depth) => (typeof key === "number" ? `[${key}]` : `${depth === 0 ? "" : "."}${String(key)}`))
    .join("");
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (Array.isArray(value) && typeof key === "number") {
      value = (value as unknown[])[key];
    } else if (isJsonObject(value) && Object.hasOwn(value, key)) {
      value = value[String(key)];
    } else {
      return undefined;
    }
  }
  return value;
}

function formatValue(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
