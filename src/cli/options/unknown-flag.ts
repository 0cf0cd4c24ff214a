/** The sentence for a flag that a command does not have, with the command that was meant. */
import type { Command } from "commander";
import { knownFlag } from "./foreign-words.js";
import { shellWord } from "../../text/shell-words.js";

/** What commander says of `typed`, in more helpful words; `args` are all arguments of the command line. */
export function describeUnknownFlag(typed: string, command: Command | undefined, args: readonly string[]): string {
  const [flag = typed, value] = typed.split(/=(.*)/s);
  const said = `unknown option ${JSON.stringify(typed)}`;
  const flags = (command?.options ?? []).flatMap(({ long }) => long ?? []);
  const meant = /\s/.test(flag) ? undefined : knownFlag(flag, flags);
  const place = args.indexOf(typed);
  if (meant === undefined || place < 0) {
    const asPrompt = `kandinsky3 generate -- ${shellWord(typed)}`;
    const isPrompt = command?.name() === "generate" && !/^--[\w-]+(?:=|$)/.test(typed);
    return isPrompt ? `${said}; a prompt that begins with "-" comes after "--": ${asPrompt}` : said;
  }
  const given = value ?? args[place + 1];
  const isUsualScale = /cfg/i.test(flag) && Number.isFinite(Number(given ?? ""));
  const after = args.slice(value === undefined && isUsualScale ? place + 2 : place + 1);
  const number = isUsualScale ? [String(Number(given) - 1)] : value === undefined ? [] : [value];
  const right = ["kandinsky3", ...args.slice(0, place), meant, ...number, ...after].map(shellWord).join(" ");
  const why = isUsualScale ? ", which is one less than the usual CFG scale" : "";
  return `${said}, expected ${meant}${why}: ${right}`;
}
