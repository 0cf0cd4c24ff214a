/** Runs the command line and turns whatever is thrown into one sentence and an exit code. */
import { type Command, CommanderError } from "commander";
import { createProgram } from "./program.js";
import { isOwnWord } from "./verbs.js";
import { isBrokenPipe } from "./output/stdout.js";

/** As if the broken pipe's signal had ended the program, which is how it ends others. */
const BROKEN_PIPE = 141;
const WRONG_USAGE = 2;

let program: Command | undefined;

async function fail(thrown: unknown): Promise<void> {
  if (isBrokenPipe(thrown)) {
    process.exitCode = BROKEN_PIPE;
  } else if (thrown instanceof CommanderError && (thrown.exitCode === 0 || thrown.code === "commander.help")) {
    // Commander has written the help or the version.
    process.exitCode = thrown.exitCode === 0 ? 0 : WRONG_USAGE;
  } else {
    const { reportError } = await import("./output/report-error.js");
    process.exitCode = reportError(thrown, program, process);
  }
}

function failNow(thrown: unknown): void {
  void fail(thrown).then(async () => {
    const { removeTemporaryFiles } = await import("../files/shared/place-whole.js");
    removeTemporaryFiles();
    process.exit();
  });
}

process.stdout.on("error", failNow);
process.stderr.on("error", () => undefined); // Nobody listens, so there is nobody to tell.
process.on("uncaughtException", failNow);

try {
  const given = process.argv.slice(2);
  // The words that people type for others are read with the table of options, which the program's own do not need.
  const args = isOwnWord(given[0]) ? given : (await import("./first-words.js")).withVerb(given);
  program = await createProgram(args);
  await program.parseAsync(args, { from: "user" });
} catch (thrown) {
  await fail(thrown);
}
