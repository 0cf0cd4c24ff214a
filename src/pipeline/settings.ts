/**
 * The options of a generation, checked and completed. One schema serves the library, the command line and later the server.
 * Names are diffusers' in camel case. Reference: diffusers, pipelines/kandinsky3/.
 */
import { z } from "zod";
import { UsageError } from "../errors.js";
import { describeIssue } from "./option-problem.js";

/** Latents of more than this many pixels a side need more memory than any machine that this is meant for has. */
export const MAX_SIDE = 8192;
/** PyTorch's seeds: any 64-bit number, signed or not. */
const SEED_RANGE = { lowest: -(2n ** 63n), highest: 2n ** 64n - 1n } as const;
export const MAX_IMAGES = 64;

const seed = z
  .union([z.bigint(), z.int(), z.string().regex(/^-?\d+$/, "expected a whole number")])
  .transform((value) => BigInt(value))
  .refine((value) => value >= SEED_RANGE.lowest && value <= SEED_RANGE.highest, "expected a 64-bit number");

const side = z.int().min(1).max(MAX_SIDE);
const texts = z.union([z.string(), z.array(z.string()).min(1)]);

export const generateSchema = z.strictObject({
  prompt: texts.optional(),
  negativePrompt: texts.optional(),
  /** One for the whole batch, or one for each image. A random one is drawn when left out. */
  seed: z.union([seed, z.array(seed).min(1)]).optional(),
  numInferenceSteps: z.int().min(1).max(1000).optional(),
  /** Kandinsky 3's convention: `(g + 1) * conditional - g * unconditional`; at 1 or less there is no guidance. */
  guidanceScale: z.number().min(0).max(1000).optional(),
  width: side.optional(),
  height: side.optional(),
  numImagesPerPrompt: z.int().min(1).max(MAX_IMAGES).optional(),
  /** How much of the given image is made anew, 0 to 1. Image-to-image only. */
  strength: z.number().gt(0).max(1).optional(),
  outputType: z.enum(["image", "latent"]).optional(),
});

/** Options as a caller writes them. */
export type GenerateOptions = z.input<typeof generateSchema>;

/** The same after the check: seeds are numbers. */
export type ParsedOptions = z.output<typeof generateSchema>;

export interface ModelDefaults {
  readonly height: number;
  readonly width: number;
  readonly numInferenceSteps: number;
  readonly guidanceScale: number;
}

/** diffusers' own: Kandinsky3Pipeline.__call__. A model's `generation_config.json` overrides them. */
export const REFERENCE_DEFAULTS: ModelDefaults = {
  height: 1024,
  width: 1024,
  numInferenceSteps: 25,
  guidanceScale: 3,
};

/** diffusers' own: Kandinsky3Img2ImgPipeline.__call__. */
const DEFAULT_STRENGTH = 0.3;

/** Everything that is needed to make the pictures again, with the same model. */
export interface ResolvedSettings {
  readonly mode: "text-to-image" | "image-to-image";
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
  readonly outputType: "image" | "latent";
}

/** Parses options; the message names the option, what is expected and what was given. */
export function parseOptions(options: GenerateOptions): ParsedOptions {
  const parsed = generateSchema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const known = Object.keys(generateSchema.shape);
    throw new UsageError(issue === undefined ? "options: invalid" : describeIssue(issue, options, known));
  }
  return parsed.data;
}

/** Completes options for text-to-image. `size` is what the model makes of the wanted width and height. */
export function resolveSettings(
  options: ParsedOptions,
  mode: ResolvedSettings["mode"],
  size: { readonly width: number; readonly height: number },
  defaults: ModelDefaults,
  promptCount: number,
): ResolvedSettings {
  const numImagesPerPrompt = options.numImagesPerPrompt ?? 1;
  const images = promptCount * numImagesPerPrompt;
  if (images > MAX_IMAGES) {
    throw new UsageError(`numImagesPerPrompt: got ${images} images in one run, expected at most ${MAX_IMAGES}`);
  }
  const seeds = options.seed === undefined ? [randomSeed()] : [options.seed].flat();
  if (seeds.length > 1 && seeds.length !== images) {
    throw new UsageError(`seed: got ${seeds.length} seeds for ${images} images, expected one, or one for each image`);
  }
  if (options.negativePrompt !== undefined && [options.negativePrompt].flat().length !== promptCount) {
    const given = [options.negativePrompt].flat().length;
    throw new UsageError(`negativePrompt: got ${given} for ${promptCount} prompts, expected one for each`);
  }
  if (mode === "text-to-image" && options.strength !== undefined) {
    throw new UsageError(`strength: got ${options.strength} without an image, expected an image, or no strength`);
  }
  return {
    mode,
    prompts: options.prompt === undefined ? [] : [options.prompt].flat(),
    negativePrompts: options.negativePrompt === undefined ? undefined : [options.negativePrompt].flat(),
    seeds,
    numInferenceSteps: options.numInferenceSteps ?? defaults.numInferenceSteps,
    guidanceScale: options.guidanceScale ?? defaults.guidanceScale,
    ...size,
    numImagesPerPrompt,
    strength: mode === "image-to-image" ? (options.strength ?? DEFAULT_STRENGTH) : undefined,
    outputType: options.outputType ?? "image",
  };
}

/** 32 bits: short enough to read aloud, and all that PyTorch's generator uses of a seed. */
function randomSeed(): bigint {
  return BigInt(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
}
