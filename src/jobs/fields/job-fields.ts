/** What a client sent, checked, and what the library gets of it. */
import { z } from "zod";
import { UsageError } from "../../errors.js";
import type { JsonObject, JsonValue } from "../../image/metadata/metadata.js";
import { BUNDLED_NAME } from "../../loading/resolve-model.js";
import type { LoadOptions } from "../../pipeline/kandinsky3.js";
import type { GenerateInputs } from "../../pipeline/request/inputs.js";
import { expectedWords } from "../../pipeline/request/options/from-text.js";
import { describeOption } from "../../text/describe-issue.js";
import { FIELD_SHAPE, jobFieldsSchema, OPTION_FIELDS } from "./field-table.js";

/** The fields that the jobs' own rooms read, out of checked ones. */
const readFieldsSchema = z.object({
  /** As of `ServedModels.find`. */
  model: z.string().default(BUNDLED_NAME),
  prompt: z.string().default(""),
  preset: z.string().optional(),
  dtype: z.string().optional(),
  n: z.int().default(1),
  width: z.int().optional(),
  height: z.int().optional(),
  steps: z.int().optional(),
  image: z.union([z.string(), z.array(z.string())]).optional(),
  mask: z.string().optional(),
  extend: z.object({ left: z.int(), top: z.int(), right: z.int(), bottom: z.int() }).partial().optional(),
  output_format: z.enum(["png", "jpeg", "webp"]).default("png"),
  output_compression: z.int().default(90),
  previews: z.int().optional(),
});
export type ReadFields = z.output<typeof readFieldsSchema>;

/** Checked fields without those that are null, and the names of unknown ones. `size` has become `width` and `height`. */
export interface CheckedFields {
  readonly fields: JsonObject;
  readonly unknown: readonly string[];
}

/** Throws `UsageError` that begins with the field's name and says what is expected and what was sent. */
export function checkFields(sent: JsonObject): CheckedFields {
  const parsed = jobFieldsSchema.safeParse(sent);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined) {
    const field = String(issue.path[0] ?? "");
    const row = OPTION_FIELDS.find((one) => one.field === field)?.row;
    const message =
      row === undefined || row.schema instanceof z.ZodUnion || issue.path.length > 1
        ? describeOption(issue, sent, [])
        : `${field}: expected ${expectedWords(row)}, got ${JSON.stringify(sent[field])}`;
    throw new UsageError(message, { options: field === "" ? [] : [field] });
  }
  const given = Object.entries(sent).filter(([name, value]) => Object.hasOwn(FIELD_SHAPE, name) && value !== null);
  return {
    fields: withSides(Object.fromEntries(given)),
    unknown: Object.keys(sent).filter((name) => !Object.hasOwn(FIELD_SHAPE, name)),
  };
}

/** What the jobs' own rooms read of checked fields. */
export function readFields(fields: JsonObject): ReadFields {
  return readFieldsSchema.parse(fields);
}

/** Jobs of one warmth use the same sessions. */
export function warmthOf(fields: JsonObject): string {
  const { model, preset = "", dtype = "", width = "", height = "" } = readFields(fields);
  return [model, preset, dtype, width, height].join("|");
}

/** The field that stands for an option of the library; `undefined` for what is no field. */
export function fieldOf(option: string): string | undefined {
  return (
    OPTION_FIELDS.find((row) => row.option === option)?.field ??
    (option === "image" || option === "mask" ? option : undefined)
  );
}

/** How a model is opened for a job. */
export function loadOptionsOf(fields: JsonObject): Pick<LoadOptions, "dtype" | "preset"> {
  return optionsOf(fields, "loading");
}

/** What a generation is called with, but for its pictures. */
export function inputsOf(fields: JsonObject): GenerateInputs {
  return optionsOf(fields, "generation");
}

/** The library checks them again, and says what it does not take. */
function optionsOf(fields: JsonObject, of: "loading" | "generation"): Record<string, JsonValue> {
  const options: Record<string, JsonValue> = {};
  for (const { field, option, row } of OPTION_FIELDS) {
    const value = fields[field];
    if (row.of === of && value !== undefined) {
      options[option] = value;
    }
  }
  return options;
}

function withSides({ size, ...fields }: JsonObject): JsonObject {
  const match = typeof size === "string" ? /^(\d+)x(\d+)$/.exec(size) : null;
  if (match === null) {
    return fields;
  }
  const sides = { width: Number(match[1]), height: Number(match[2]) };
  for (const [name, value] of Object.entries(sides)) {
    if (fields[name] !== undefined && fields[name] !== value) {
      throw new UsageError(
        `${name}: got ${JSON.stringify(fields[name])} beside the size ${match[0]}, expected one of them`,
        {
          options: [name, "size"],
        },
      );
    }
  }
  // The sides are checked as if they had been sent.
  return checkFields({ ...fields, ...sides }).fields;
}
