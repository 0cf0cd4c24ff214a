/** Settings from flags, variables and a configuration file; what a flag says wins over a variable, and that over the file. */
import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { reasonOf, UsageError } from "../../errors.js";
import { JsonProblem, parseStrictJson } from "../../files/strict-json.js";
import { snakeCase } from "../../jobs/fields/field-table.js";
import { capped } from "../../text/quote.js";
import { SETTING_ROWS, SETTINGS, type ServeSettings } from "./serve-settings.js";
import type { Setting } from "./setting-kinds.js";

type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Adds the flags of `names`, and `--config`. */
export function addSettings(command: Command, names: readonly string[]): Command {
  for (const name of names) {
    const row = SETTING_ROWS.get(name);
    if (row !== undefined) {
      const after = row.fallback === undefined ? "" : ` (default: ${row.fallback})`;
      const option = new Option(row.flag, `${row.help}${after}`);
      command.addOption(row.many ? option.argParser(collect) : option);
    }
  }
  return command.option("--config <file>", 'JSON with the same settings, as {"max_queue": 50}');
}

/** Throws `UsageError` that names the flag, the variable or the key. */
export async function readSettings(flags: Flags, env: Environment = process.env): Promise<ServeSettings> {
  const { config = env["KANDINSKY3_CONFIG"] } = flags;
  const file = typeof config === "string" ? await readConfigFile(config) : new Map<string, readonly string[]>();
  const values = Object.entries<Setting<unknown>>(SETTINGS).map(([name, row]) => {
    const { texts, from } = given(name, row, flags, env, file);
    return [name, row.read(texts, from)] as const;
  });
  // Each row's `read` gives the type that `ServeSettings` derives from it.
  return Object.fromEntries(values) as unknown as ServeSettings;
}

/** `KANDINSKY3_MAX_QUEUE` */
export function variableOf(name: string): string {
  return `KANDINSKY3_${snakeCase(name).toUpperCase()}`;
}

function given(
  name: string,
  row: Setting<unknown>,
  flags: Flags,
  env: Environment,
  file: ReadonlyMap<string, readonly string[]>,
): { readonly texts: readonly string[]; readonly from: string } {
  const flag = flags[name];
  if (flag !== undefined) {
    return { texts: typeof flag === "object" ? flag : [String(flag)], from: row.flag.replace(/ .*$/, "") };
  }
  const variable = env[variableOf(name)];
  if (variable !== undefined && variable !== "") {
    return { texts: row.many ? variable.split(",").map((part) => part.trim()) : [variable], from: variableOf(name) };
  }
  return { texts: file.get(name) ?? [], from: snakeCase(name) };
}

async function readConfigFile(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const read = await readFile(file).catch((thrown: unknown) => {
    throw new UsageError(`--config: ${JSON.stringify(file)} cannot be read: ${reasonOf(thrown)}`);
  });
  let json: unknown;
  try {
    // Editors of some systems begin a file with a byte-order mark.
    json = parseStrictJson(Buffer.from(read.toString().replace(/^\uFEFF/, "")));
  } catch (thrown) {
    if (thrown instanceof JsonProblem) {
      throw new UsageError(`--config: ${JSON.stringify(file)} ${thrown.message}`);
    }
    throw thrown;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new UsageError(`--config: ${JSON.stringify(file)}: expected a JSON object`);
  }
  const names = new Map([...SETTING_ROWS.keys()].map((name) => [snakeCase(name), name]));
  return new Map(
    Object.entries(json).map(([key, value]: [string, unknown]) => {
      const name = names.get(key);
      if (name === undefined) {
        throw new UsageError(
          `--config: ${JSON.stringify(file)} has ${JSON.stringify(key)}, expected ${capped([...names.keys()])}`,
        );
      }
      return [name, (Array.isArray(value) ? value : [value]).map(String)];
    }),
  );
}

function collect(text: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), text];
}
