/**
 * From an issue of zod to a sentence: what is wrong, what is expected, what was given. Options and keys of files are written
 * differently; what zod says is read in one place.
 */
import type { z } from "zod";
import { capped, quoted } from "./quote.js";

type Issue = z.core.$ZodIssue;

/** Longest value shown in a message. */
const LONGEST_VALUE = 100;

/** `steps: expected a whole number, got "many"`; `known` are the names that an unknown option is answered with. */
export function describeOption(issue: Issue, options: object, known: readonly string[]): string {
  const name = issue.path.length === 0 ? "options" : issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    return `${name}: got unknown ${issue.keys.join(", ")}, expected ${known.join(", ")}`;
  }
  const got = valueAt(options, issue.path);
  const text = typeof got === "string" || Array.isArray(got) ? JSON.stringify(got) : String(got);
  return `${name}: expected ${expectedBy(issue, oneOf)}, got ${shortened(text)}`;
}

/** `"norm_eps" is "small", expected number`, for the value that the schema was given. */
export function describeKey(issue: Issue, root: unknown): string {
  const where = issue.path.length === 0 ? "the file" : quoted(formatPath(issue.path));
  if (issue.code === "unrecognized_keys") {
    return `${where} has unknown keys: ${capped(issue.keys.map(quoted))}`;
  }
  const got = valueAt(root, issue.path);
  const is = got === undefined ? "missing" : shortened(JSON.stringify(got));
  return `${where} is ${is}, expected ${expectedBy(issue)}`;
}

/** What an issue asks for. zod puts it into its message, after the word "expected"; refinements of ours follow suit. */
function expectedBy(issue: Issue, choices?: (values: readonly unknown[]) => string): string {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const branches = issue.errors.flatMap((branch) => branch.slice(0, 1).map((first) => expectedBy(first, choices)));
    return [...new Set(branches)].join(" or ");
  }
  if (issue.code === "invalid_value" && choices !== undefined) {
    return choices(issue.values);
  }
  return /\bexpected (.*?)(?:, received .*)?$/su.exec(issue.message)?.[1] ?? issue.message;
}

function oneOf(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(String(value))).join(" or ");
}

/** `down_blocks[0].channels` */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, depth) => (typeof key === "number" ? `[${key}]` : `${depth === 0 ? "" : "."}${String(key)}`))
    .join("");
}

/** Own members alone: a file may have keys that every object inherits. */
function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (Reflect.get(value, key) as unknown)
        : undefined,
    root,
  );
}

function shortened(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
