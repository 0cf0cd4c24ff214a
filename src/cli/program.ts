/** The command line: its verbs and what holds for all of them. */
import { Command } from "commander";
import { packageVersion } from "../files/package-info.js";
import { VERBS } from "./verbs.js";

const EXAMPLES = `
Examples:
  kandinsky3 generate "a red house in the snow"
  kandinsky3 show a-red-house-in-the-snow-42.png
  kandinsky3 pull kandinsky-3 --variant fp16
  kandinsky3 inspect kandinsky-3

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/**
 * The program for these arguments: the verb that they name is whole, the others are there to be listed.
 * Its `parseAsync` throws `CommanderError` instead of ending the process.
 */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command("kandinsky3")
    .description("Kandinsky 3 text-to-image from the published checkpoint files, without Python")
    .version(packageVersion())
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({
      outputError: () => undefined, // Said where everything is that goes wrong.
    })
    .addHelpText("after", EXAMPLES);
  const named = verbIn(args);
  // Verbs inherit the settings above at the time when they are added.
  for (const { name, argument, description, load } of VERBS) {
    if (name === named) {
      (await load())(program.command(name).description(description));
    } else {
      // The option stands for all that the verb has: the list says whether there are any.
      program.command(`${name} ${argument}`.trim()).description(description).option("--json");
    }
  }
  return program;
}

/** The program itself has no option that takes a value, so the first word is the verb, or follows `help`. */
function verbIn(args: readonly string[]): string | undefined {
  const [first, second] = args.filter((word) => !word.startsWith("-"));
  return first === "help" ? second : first;
}
