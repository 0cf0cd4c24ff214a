/** What the user sees of something that was thrown, and the exit code: 1 failed, 2 wrong usage, 130 interrupted. */
import { InternalError, KandinskyError, reasonOf } from "../../errors.js";
import { inFlags } from "../options/flag-names.js";

const FAILED = 1;

/** Returns the exit code, after one sentence on `stderr`. */
export function reportError(thrown: unknown, stderr: (text: string) => void): number {
  if (thrown instanceof KandinskyError && !(thrown instanceof InternalError)) {
    stderr(`kandinsky3: ${inFlags(thrown.message, thrown.options)}\n`);
    stderr(debugging() ? `${thrown.stack ?? ""}\n` : "");
    return thrown.exitCode;
  }
  const reason = reasonOf(thrown);
  stderr(`kandinsky3: internal error: ${reason}${debugging() ? "" : " (KANDINSKY3_DEBUG=1 shows where)"}\n`);
  if (debugging() && thrown instanceof Error) {
    stderr(`${thrown.stack ?? ""}\n`);
  }
  return FAILED;
}

function debugging(): boolean {
  return (process.env["KANDINSKY3_DEBUG"] ?? "") !== "";
}
