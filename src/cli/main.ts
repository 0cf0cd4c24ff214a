#!/usr/bin/env node
/** Entry of the `kandinsky3` command: runs it and turns whatever is thrown into one sentence and an exit code. */
import { removeTemporaryFiles } from "../files/write-atomically.js";
import { createProgram } from "./program.js";
import { reportError } from "./output/report-error.js";
import { isBrokenPipe } from "./output/stdout.js";

/** As if the broken pipe's signal had ended the program, which is how it ends others. */
const BROKEN_PIPE = 141;

function fail(thrown: unknown): void {
  process.exitCode = isBrokenPipe(thrown) ? BROKEN_PIPE : reportError(thrown, (text) => process.stderr.write(text));
}

function failNow(thrown: unknown): void {
  fail(thrown);
  removeTemporaryFiles();
  process.exit();
}

process.stdout.on("error", failNow);
process.stderr.on("error", () => undefined); // Nobody listens, so there is nobody to tell.
process.on("uncaughtException", failNow);

try {
  await createProgram().parseAsync();
} catch (thrown) {
  fail(thrown);
}
