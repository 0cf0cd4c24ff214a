/** Commander's options out of the table of options, and the library's options out of what commander has read. */
import { type Command, Option } from "commander";
import { InternalError, UsageError } from "../../errors.js";
import { OPTION_ROWS, OPTIONS, type OptionName } from "../../pipeline/request/option-table.js";
import { expectedWords, valueFromText } from "../../pipeline/request/options/from-text.js";
import type { OptionRow } from "../../pipeline/request/options/row.js";
import { flagOf, helpInFlags } from "./flag-names.js";

/** The flag of an option, with its help, or with `help` where a command has its own words. */
export function tableOption(name: OptionName, help?: string): Option {
  return optionOf(name, OPTIONS[name], help);
}

/** Adds the flags of all rows, in the table's order; after some of them those of the command itself. */
export function addTableOptions(command: Command, after: Partial<Record<OptionName, Option>>): Command {
  const own = new Map<string, Option>(Object.entries(after));
  for (const [name, row] of OPTION_ROWS) {
    const follower = own.get(name);
    const added = row.flag === null ? [] : [optionOf(name, row)];
    for (const made of follower === undefined ? added : [...added, follower]) {
      command.addOption(made);
    }
  }
  return command;
}

/** What flags say of the options in `schema`, under the library's names. */
export function optionsFromFlags(schema: { readonly shape: object }, flags: object): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(flags));
  const named = Object.keys(schema.shape).map((name) => {
    const flag = OPTION_ROWS.get(name)?.flag ?? undefined;
    return [name, flag === undefined ? undefined : values.get(new Option(flag).attributeName())] as const;
  });
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

function optionOf(name: string, row: OptionRow, help?: string): Option {
  if (row.flag === null) {
    throw new InternalError(`the option ${name} has no flag`);
  }
  const words = row.default === undefined ? row.help : `${row.help} (default: ${row.default})`;
  const made = new Option(row.flag, help ?? helpInFlags(words));
  const long = flagOf(name) ?? name;
  return made.required ? made.argParser((text: string) => readValue(long, row, text)) : made;
}

function readValue(flag: string, row: OptionRow, text: string): unknown {
  row.check?.(text, flag);
  const value = valueFromText(row, text);
  if (value === undefined) {
    throw new UsageError(`${flag}: expected ${expectedWords(row)}, got ${JSON.stringify(text)}`);
  }
  return value;
}
