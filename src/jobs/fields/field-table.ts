/**
 * The fields of a job: those of the table of options that a client may set, in snake case, and a few of the interface's own. Checks,
 * the OpenAPI document and the inputs of the library are derived from them.
 */
import { z } from "zod";
import { OPTION_ROWS } from "../../pipeline/request/option-table.js";
import type { OptionRow } from "../../pipeline/request/options/row.js";

/** Options whose field is not their name in snake case: the images API's and diffusers' short names. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  numInferenceSteps: "steps",
  numImagesPerPrompt: "n",
};

/** Options that belong to who runs the server, or that a picture over HTTP has no use for. */
const NOT_A_FIELD = new Set([
  "image",
  "mask",
  "outputType",
  "variant",
  "revision",
  "device",
  "maxMemory",
  "promptCache",
  "keepAlive",
  "threads",
]);

/** Longest text of a client; the encoder reads 128 tokens of it. */
const LONGEST_TEXT = 32_000;
const LONGEST_NAME = 300;

const text = z.string().max(LONGEST_TEXT);
const seed = z.union([z.int(), z.string().regex(/^-?\d{1,20}$/, "expected a whole number of at most 64 bits")]);

/** Rows whose schema JSON cannot write, or that take one value here where the library takes a list. */
const FIELD_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  prompt: text,
  negativePrompt: text,
  seed: z.union([seed, z.array(seed).min(1).max(64)]),
};

/** A field that an option of the library stands behind. */
export interface OptionField {
  readonly field: string;
  readonly option: string;
  readonly row: OptionRow;
  readonly schema: z.ZodType;
}

export const OPTION_FIELDS: readonly OptionField[] = [...OPTION_ROWS]
  .filter(([option]) => !NOT_A_FIELD.has(option))
  .map(([option, row]) => ({
    field: SHORT_NAMES[option] ?? snakeCase(option),
    option,
    row,
    schema: FIELD_SCHEMAS[option] ?? row.schema,
  }));

/** A picture: a data URL, the id of one that is kept here, or a web address where the server allows those. */
const picture = z.string().min(1);

const OWN_FIELDS = {
  model: z
    .string()
    .min(1)
    .max(LONGEST_NAME)
    .describe("a model's name, as GET /v1/models lists it; the server's default when left out"),
  size: z
    .string()
    .regex(/^(auto|\d{1,5}x\d{1,5})$/, 'expected "auto" or a size such as "1024x1024"')
    .describe("width and height together, or auto for the model's own"),
  image: z
    .union([picture, z.array(picture).min(1).max(16)])
    .describe(
      "picture to start from: a data URL, or the id of a picture kept here; a list for several prompts is not taken",
    ),
  mask: picture.describe("what of the picture is made anew: white, or a hole in a copy of the picture"),
  output_format: z.enum(["png", "jpeg", "webp"]).describe("png when left out"),
  output_compression: z.int().min(0).max(100).describe("quality of jpeg and webp; 90 when left out"),
  previews: z
    .int()
    .min(0)
    .max(100)
    .describe(
      "how many previews of the running latents are sent; one at the first step and two a second at most when left out",
    ),
  priority: z.int().min(-100).max(100).describe("higher comes first; above 0 with an admin key alone"),
} as const;

/** Every field by its name, each of them optional. */
export const FIELD_SHAPE: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  [
    ...OPTION_FIELDS.map(({ field, row, schema }) => [field, describeRow(schema, row)] as const),
    ...Object.entries(OWN_FIELDS),
  ].map(([name, schema]) => [name, schema.nullish()]),
);

/** What a client may send for a job. Unknown fields are let through here and named in a note. */
export const jobFieldsSchema = z.object(FIELD_SHAPE);

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Help texts name other options in braces. */
function describeRow(schema: z.ZodType, { help }: OptionRow): z.ZodType {
  return schema.describe(
    help.replace(/\{(\w+)\}/g, (_braces, option: string) => SHORT_NAMES[option] ?? snakeCase(option)),
  );
}
