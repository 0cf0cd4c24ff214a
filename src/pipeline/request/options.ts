/**
 * The options of a generation, checked and completed. One schema serves the library, the command line and later the server.
 * Reference: diffusers, pipelines/kandinsky3/.
 */
import { isChoice, valueFromText } from "./options/from-text.js";
import type { z } from "zod";
import { UsageError } from "../../errors.js";
import { describeOption } from "../../text/describe-issue.js";
import type { SamplerName } from "../../scheduler/samplers.js";
import type { InpaintingSettings } from "./inpainting-options.js";
import type { Mode } from "./mode.js";
import type { OutputType } from "./options/sampling-options.js";
import { type AsGivenName, generateSchema, loadingSchema, OPTION_ROWS } from "./option-table.js";

/** Options as a caller writes them. */
export type GenerateOptions = z.input<typeof generateSchema>;

/** The same after the check: seeds are numbers. */
export type ParsedOptions = z.output<typeof generateSchema>;

/** Options of opening a model that any front end can write down. */
export type LoadingOptions = z.input<typeof loadingSchema>;

/** Everything that is needed to make the pictures again, with the same model. */
export interface ResolvedSettings extends SettingsAsGiven {
  readonly mode: Mode;
  readonly sampler: SamplerName;
  /** Of the original sampler. */
  readonly eta: number | undefined;
  readonly prompts: readonly string[];
  /** `undefined`: the unconditional branch gets zeros. */
  readonly negativePrompts: readonly string[] | undefined;
  readonly seeds: readonly bigint[];
  readonly numInferenceSteps: number;
  readonly guidanceScale: number;
  /** Of the pictures that come out. */
  readonly width: number;
  readonly height: number;
  readonly numImagesPerPrompt: number;
  readonly strength: number | undefined;
  readonly inpainting: InpaintingSettings | undefined;
  readonly outputType: OutputType;
}

/** Settings that are options as they were given. */
export type SettingsAsGiven = { readonly [Name in AsGivenName]: ParsedOptions[Name] | undefined };

/** Parses options; the message names the option, what is expected and what was given. */
export function parseOptions(options: GenerateOptions): ParsedOptions {
  return parseWith(generateSchema, withPlainChoices(options));
}

/** The options with choices as the table writes them: they are taken in any case, as the command line takes them. */
export function withPlainChoices<Options extends object>(options: Options): Options {
  const changed = Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const row = OPTION_ROWS.get(name);
    const word =
      row !== undefined && isChoice(row) && typeof value === "string" ? valueFromText(row, value) : undefined;
    return word === undefined ? [] : [[name, word] as const];
  });
  return { ...options, ...Object.fromEntries(changed) };
}

/** As `parseOptions`, for the options of opening a model. */
export function parseLoading(options: LoadingOptions): LoadingOptions {
  const parsed = parseWith(loadingSchema, withPlainChoices(options));
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === "string") {
      OPTION_ROWS.get(name)?.check?.(value, name);
    }
  }
  return parsed;
}

function parseWith<Schema extends z.ZodObject>(schema: Schema, options: object): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0] ?? "");
    const message =
      issue === undefined ? "options: invalid" : describeOption(issue, options, Object.keys(schema.shape));
    throw new UsageError(message, { options: name === "" ? [] : [name] });
  }
  return parsed.data;
}
