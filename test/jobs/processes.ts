/** What runs below a test. */
import { execFileSync } from "node:child_process";

/** Processes that this one has started, and those below them, whose command line has `part`. */
export function processesWith(part: string): number[] {
  const lines = execFileSync("ps", ["-eo", "pid,ppid,args"], { encoding: "utf8" }).trim().split("\n").slice(1);
  const rows = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []);
  const parents = new Map(rows.map(([, pid, parent]) => [Number(pid), Number(parent)]));
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === process.pid || isOurs(parents.get(pid)));
  return rows
    .filter(([, pid, , args]) => args?.includes(part) === true && isOurs(Number(pid)))
    .map(([, pid]) => Number(pid));
}
