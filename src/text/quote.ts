/** Names that come out of files, made fit for a message: escaped, and short however long the file made them. */

/** Tensor keys of real checkpoints stay under 120 characters. */
const LONGEST_NAME = 200;
/** Names shown in one list; the rest is counted. */
const LONGEST_LIST = 20;

/** `"name"` with control characters escaped, so that a file cannot write to the terminal through an error. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);
}

/** The first few of `items` and how many are left: `a, b and 3 more`. */
export function capped(items: readonly string[], separator = ", ", limit = LONGEST_LIST): string {
  const rest = items.length - limit;
  return rest > 0 ? `${items.slice(0, limit).join(separator)} and ${rest} more` : items.join(separator);
}

/** Quoted names in a list that is never longer than a few lines. */
export function quotedList(names: readonly string[]): string {
  return capped(names.map(quoted));
}
