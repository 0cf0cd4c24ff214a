/** Runs the command line and turns whatever is thrown into one sentence and an exit code. */
import { CommanderError } from "commander";
import { createProgram } from "./program.js";
import { isBrokenPipe } from "./output/stdout.js";

/** As if the broken pipe's signal had ended the program, which is how it ends others. */
const BROKEN_PIPE = 141;
const WRONG_USAGE = 2;

async function fail(thrown: unknown): Promise<void> {
  if (isBrokenPipe(thrown)) {
    process.exitCode = BROKEN_PIPE;
  } else if (thrown instanceof CommanderError) {
    // Commander has already written its message, or the help or version that was asked for.
    process.exitCode = thrown.exitCode === 0 ? 0 : WRONG_USAGE;
  } else {
    const { reportError } = await import("./output/report-error.js");
    process.exitCode = reportError(thrown, (text) => process.stderr.write(text));
  }
}

function failNow(thrown: unknown): void {
  void fail(thrown).then(async () => {
    const { removeTemporaryFiles } = await import("../files/write-atomically.js");
    removeTemporaryFiles();
    process.exit();
  });
}

process.stdout.on("error", failNow);
process.stderr.on("error", () => undefined); // Nobody listens, so there is nobody to tell.
process.on("uncaughtException", failNow);

try {
  const program = await createProgram(process.argv.slice(2));
  await program.parseAsync();
} catch (thrown) {
  await fail(thrown);
}
