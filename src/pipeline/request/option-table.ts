/**
 * The table of all options: their names in the library and on the command line, what they take, and where they belong. The schemas,
 * the types, the flags with their help, the refusals and the record of a run are derived from it. The order is that of the help.
 */
import { z } from "zod";
import { arithmeticOptions, presetOption, resourceOptions, sourceOptions } from "./options/loading-options.js";
import type { OptionRow } from "./options/row.js";
import { outputOptions, samplerOptions, sizeOptions, stepOptions } from "./options/sampling-options.js";
import { changeOptions, inpaintingOptions } from "./options/source-options.js";

export const OPTIONS = {
  ...sourceOptions,
  ...stepOptions,
  ...presetOption,
  ...sizeOptions,
  ...changeOptions,
  ...inpaintingOptions,
  ...samplerOptions,
  ...arithmeticOptions,
  ...outputOptions,
  ...resourceOptions,
} as const satisfies Readonly<Record<string, OptionRow>>;

type Table = typeof OPTIONS;
export type OptionName = keyof Table;

/** Names of the options that a front end may say in its own words, with their rows, in the order of the help. */
export const OPTION_ROWS: ReadonlyMap<string, OptionRow> = new Map(Object.entries<OptionRow>(OPTIONS));

/** The schemas of the rows that have the property, each of them optional. `keyof Table` itself keeps the comments of the rows for editors. */
type ShapeOf<Property> = {
  readonly [Name in keyof Table as Table[Name] extends Property ? Name : never]: z.ZodOptional<Table[Name]["schema"]>;
};

export const generateSchema = z.strictObject(shapeOf<{ readonly of: "generation" }>((row) => row.of === "generation"));
export const loadingSchema = z.strictObject(shapeOf<{ readonly of: "loading" }>((row) => row.of === "loading"));
/** What `plan` takes, of both kinds. */
export const plannedSchema = z.strictObject(shapeOf<{ readonly planned: true }>((row) => row.planned));

/** Names of the options whose values are settings as they are. */
export type AsGivenName = keyof ShapeOf<{ readonly of: "generation"; readonly asGiven: true }>;

function shapeOf<Property>(has: (row: OptionRow) => boolean): ShapeOf<Property> {
  const rows = [...OPTION_ROWS].filter(([, row]) => has(row));
  // The types of the rows are known to the compiler by name only; `has` and `Property` say the same.
  return Object.fromEntries(rows.map(([name, { schema }]) => [name, schema.optional()])) as ShapeOf<Property>;
}
