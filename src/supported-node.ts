/**
 * Which versions of Node run this package. Read by those that do not, so it is written in what Node 12 knows and imports nothing.
 */

/** For each line of versions that is supported its first minor version; newer lines are supported whole. `engines` says the same. */
const FIRST_MINOR: Readonly<Record<string, number>> = { 20: 19, 22: 12 };
const NEWEST_LINE = 22;

/** What is wrong with this version of Node, as `20.19.0`; `undefined` when nothing is. */
export function nodeProblem(version: string): string | undefined {
  const numbers = version.split(".").map(Number);
  const major = numbers[0] || 0;
  const first = FIRST_MINOR[major];
  if (major > NEWEST_LINE || (first !== undefined && numbers[1] !== undefined && numbers[1] >= first)) {
    return undefined;
  }
  return "expected Node 20.19 or a later 20, 22.12, or newer, got Node " + version;
}
