#!/usr/bin/env node
/** The command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
import { Command, CommanderError } from "commander";
import { KandinskyError, reasonOf } from "../errors.js";
import { registerGenerate } from "./commands/generate.js";
import { registerInspect } from "./commands/inspect.js";
import { registerShow } from "./commands/show.js";
import { packageVersion } from "./package-info.js";

const FAILED = 1;
const WRONG_USAGE = 2;

function createProgram(): Command {
  const program = new Command("kandinsky3")
    .description("Kandinsky 3 text-to-image from its published files")
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError("(add --help for all options)")
    .addHelpText(
      "after",
      `
Examples:
  kandinsky3 generate "a red house in the snow"
  kandinsky3 generate "a blue cat" --seed 7 --num-images 4 --output cats.png
  kandinsky3 generate "a yellow boat" --image boat.png --strength 0.6
  kandinsky3 show cats-0.png`,
    );
  registerGenerate(program);
  registerShow(program);
  registerInspect(program);
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
  }
  return program;
}

/** Tells about a failure and returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version come here as well; commander has printed what there is to say.
    return error.exitCode === 0 ? 0 : WRONG_USAGE;
  }
  if (error instanceof KandinskyError) {
    process.stderr.write(`kandinsky3: ${error.message}\n`);
    return error.exitCode;
  }
  const details =
    process.env["KANDINSKY3_DEBUG"] !== undefined && error instanceof Error ? error.stack : reasonOf(error);
  process.stderr.write(`kandinsky3: internal error: ${details ?? ""}\n`);
  return FAILED;
}

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : FAILED);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
