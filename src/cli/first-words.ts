/** The first words that people type, where they are no verb: what nobody can misunderstand works, the rest is told the right command. */
import { UsageError } from "../errors.js";
import { isOwnWord, VERBS } from "./verbs.js";
import { FOREIGN_VERBS, mistyped } from "./options/foreign-words.js";
import { shellWord } from "../text/shell-words.js";

/** The arguments with their verb in front. Throws `UsageError`, which holds the command that was meant. */
export function withVerb(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  if (first === undefined || isOwnWord(first)) {
    return args;
  }
  const verbs = VERBS.map(({ name }) => name);
  // A flag of `generate`, or a prompt in quotation marks.
  if (first.startsWith("-") || /\s/.test(first.trim())) {
    return ["generate", ...args];
  }
  const verb = FOREIGN_VERBS.get(first.toLowerCase()) ?? mistyped(first, verbs);
  const picture = command("generate", args);
  const meant = verb === undefined ? `for a picture: ${picture}` : `this may be meant: ${command(verb, rest)}`;
  throw new UsageError(`unknown command ${JSON.stringify(first)}, expected one of ${verbs.join(", ")}; ${meant}`);
}

/** The words before the first flag of a prompt are one argument. */
function command(verb: string, args: readonly string[]): string {
  const flags = args.findIndex((word) => word.startsWith("-"));
  const words = flags < 0 ? args : args.slice(0, flags);
  const prompt = verb === "generate" && words.length > 0 ? [JSON.stringify(words.join(" "))] : words.map(shellWord);
  return ["kandinsky3", verb, ...prompt, ...args.slice(words.length).map(shellWord)].join(" ");
}
