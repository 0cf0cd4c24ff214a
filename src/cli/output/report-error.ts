/** What the user sees of something that was thrown, and the exit code: 1 failed, 2 wrong usage, 130 interrupted. */
import { type Command, CommanderError } from "commander";
import { InternalError, KandinskyError, reasonOf } from "../../errors.js";
import { inFlags } from "../options/flag-names.js";
import { hasWritten } from "./stdout.js";
import { describeUnknownFlag } from "../options/unknown-flag.js";

const FAILED = 1;
const WRONG_USAGE = 2;

interface Process {
  readonly argv: readonly string[];
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Returns the exit code, after one sentence on standard error, and with `--json` an object on standard output. */
export function reportError(thrown: unknown, program: Command | undefined, { argv, stdout, stderr }: Process): number {
  const args = argv.slice(2);
  const { kind, message, exitCode, details } = describe(thrown, program, args);
  stderr.write(`kandinsky3: ${message}\n`);
  if (debugging() && thrown instanceof Error && !(thrown instanceof CommanderError)) {
    stderr.write(`${thrown.stack ?? ""}\n`);
  }
  const end = args.indexOf("--");
  // Where a report has been printed, it says what is wrong, and a second object would make both unreadable.
  if ((end < 0 ? args : args.slice(0, end)).includes("--json") && !hasWritten()) {
    stdout.write(
      `${JSON.stringify({ error: { kind, message, ...(details === undefined ? {} : { details }) } }, null, 2)}\n`,
    );
  }
  return exitCode;
}

interface Description {
  readonly kind: string;
  readonly message: string;
  readonly exitCode: number;
  readonly details?: readonly string[];
}

function describe(thrown: unknown, program: Command | undefined, args: readonly string[]): Description {
  if (thrown instanceof CommanderError) {
    const command = program?.commands.find((candidate) => args.includes(candidate.name()));
    const unknown = /unknown option '(.*)'$/su.exec(thrown.message)?.[1];
    const plain = thrown.message.replace(/^error: /, "");
    const message = unknown === undefined ? plain : describeUnknownFlag(unknown, command, args);
    return { kind: "usage", message, exitCode: WRONG_USAGE };
  }
  if (thrown instanceof KandinskyError && !(thrown instanceof InternalError)) {
    const { code, exitCode, details } = thrown;
    const message = inFlags(thrown.message, thrown.options);
    return { kind: code, message, exitCode, ...(details.length === 0 ? {} : { details }) };
  }
  const where = debugging() ? "" : " (KANDINSKY3_DEBUG=1 shows where)";
  return { kind: "internal", message: `internal error: ${reasonOf(thrown)}${where}`, exitCode: FAILED };
}

function debugging(): boolean {
  return (process.env["KANDINSKY3_DEBUG"] ?? "") !== "";
}
