/** What is wrong with an option, in one sentence: its name, what is expected, what was given. */
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** Longest value shown in a message. */
const LONGEST_VALUE = 100;

/** `known` are the names that an unknown option is answered with. */
export function describeIssue(issue: Issue, options: object, known: readonly string[]): string {
  const name = issue.path.length === 0 ? "options" : issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    return `${name}: got unknown ${issue.keys.join(", ")}, expected ${known.join(", ")}`;
  }
  return `${name}: expected ${expectedBy(issue)}, got ${formatValue(valueAt(options, issue.path))}`;
}

/** zod puts what it asks for into its message, after the word "expected". */
function expectedBy(issue: Issue): string {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(expectedBy)))].join(" or ");
  }
  if (issue.code === "invalid_value") {
    return issue.values.map((value) => JSON.stringify(String(value))).join(" or ");
  }
  return /\bexpected (.*?)(?:, received .*)?$/su.exec(issue.message)?.[1] ?? issue.message;
}

function valueAt(options: object, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (Reflect.get(value, key) as unknown) : undefined),
    options,
  );
}

function formatValue(value: unknown): string {
  const text = typeof value === "string" || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
