/** Names of the library's options in the words of the command line. */
import { OPTION_ROWS } from "../../pipeline/request/option-table.js";
import { renameOptions } from "../../text/rename-options.js";

/** What belongs to single commands and so is in no table. */
const OF_COMMANDS: ReadonlyMap<string, string> = new Map([
  ["include", "--include"],
  ["exclude", "--exclude"],
]);

/** `--steps` of `numInferenceSteps`; `undefined` for what has no flag. */
export function flagOf(option: string): string | undefined {
  return OPTION_ROWS.get(option)?.flag?.replace(/ .*$/, "") ?? OF_COMMANDS.get(option);
}

/** A message of the library in which the options that it mentions go by their flags, each where it comes first. */
export function inFlags(message: string, options: readonly string[]): string {
  return renameOptions(message, options, flagOf);
}

/** The help of an option, whose braces hold names of others. */
export function helpInFlags(help: string): string {
  return help.replace(/\{(\w+)\}/g, (_braces, name: string) => flagOf(name) ?? name);
}
