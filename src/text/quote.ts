/** Names that come out of files, made fit for a message: escaped, and short however long the file made them. */

/** Tensor keys of real checkpoints stay under 120 characters. */
const LONGEST_NAME = 200;
/** Names shown in one list; the rest is counted. */
const LONGEST_LIST = 5;
/** Characters of a list, whatever its names are. */
const LONGEST_TEXT = 600;

/** `"name"` with control characters escaped, so that a file cannot write to the terminal through an error. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name);
}

/** The first few of `items` and how many are left: `a, b and 3 more`. The first is always there, cut where it is too long. */
export function capped(items: readonly string[], separator = ", ", limit = LONGEST_LIST): string {
  const shown: string[] = [];
  let length = 0;
  for (const item of items.slice(0, limit)) {
    length += item.length + separator.length;
    if (length > LONGEST_TEXT && shown.length > 0) {
      break;
    }
    shown.push(item.length > LONGEST_TEXT ? `${item.slice(0, LONGEST_TEXT)}…` : item);
  }
  const rest = items.length - shown.length;
  return rest > 0 ? `${shown.join(separator)} and ${rest} more` : shown.join(separator);
}

/** Quoted names in a list that is never longer than a few lines. */
export function quotedList(names: readonly string[]): string {
  return capped(names.map(quoted));
}
