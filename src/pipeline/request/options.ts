/**
 * The options of a generation, checked and completed. One schema serves the library, the command line and later the server.
 * Names are diffusers' in camel case. Reference: diffusers, pipelines/kandinsky3/.
 */
import { z } from "zod";
import { UsageError } from "../../errors.js";
import { inpaintingShape, type InpaintingSettings } from "./inpainting-options.js";
import type { Mode } from "./mode.js";
import { describeIssue } from "../../text/describe-issue.js";
import { type SamplerName, SAMPLERS } from "../../scheduler/samplers.js";

/** Latents of more than this many pixels a side need more memory than any machine that this is meant for has. */
export const MAX_SIDE = 8192;
/** PyTorch's seeds: any 64-bit number, signed or not. */
const SEED_RANGE = { lowest: -(2n ** 63n), highest: 2n ** 64n - 1n } as const;
export const MAX_IMAGES = 64;

const seed = z
  .union([z.bigint(), z.int(), z.string().regex(/^-?\d+$/, "expected a whole number")])
  .transform((value) => BigInt(value))
  .refine((value) => value >= SEED_RANGE.lowest && value <= SEED_RANGE.highest, "expected a 64-bit number");

const share = z.number().min(0).max(1);
const side = z.int().min(1).max(MAX_SIDE);
const texts = z.union([z.string(), z.array(z.string()).min(1)]);

export const generateSchema = z.strictObject({
  prompt: texts.optional(),
  negativePrompt: texts.optional(),
  /** One for the whole batch, or one for each image. A random one is drawn when left out. */
  seed: z.union([seed, z.array(seed).min(1)]).optional(),
  numInferenceSteps: z.int().min(1).max(1000).optional(),
  /**
   * Kandinsky 3's convention: `(g + 1) * conditional - g * unconditional`. With `ddpm` there is no guidance at 1 or less, with
   * `original` at 0.
   */
  guidanceScale: z.number().min(0).max(1000).optional(),
  /** Guidance only between these shares of the steps, 0 being the first; outside, one pass a step. */
  guidanceInterval: z
    .tuple([share, share])
    .refine(([from, to]) => from < to, "expected two shares of the steps, the first one smaller")
    .optional(),
  /** The U-Net's inner levels run in one of so many steps. */
  reuseFeatures: z.int().min(1).max(1000).optional(),
  width: side.optional(),
  height: side.optional(),
  numImagesPerPrompt: z.int().min(1).max(MAX_IMAGES).optional(),
  /** How much of the given image is made anew, 0 to 1. With a mask: of what the mask names. */
  strength: z.number().gt(0).max(1).optional(),
  outputType: z.enum(["image", "latent"]).optional(),
  /** Left out: the one of the repository that the checkpoint's layout belongs to. */
  sampler: z.enum(SAMPLERS).optional(),
  /** How much noise a step of the original sampler adds, 0 to 1. */
  eta: z.number().min(0).max(1).optional(),
  /** How many pictures of one prompt share a stretch of the noise stream, as `bs` in the original; all when left out. */
  batchSize: z.int().min(1).max(MAX_IMAGES).optional(),
  ...inpaintingShape,
});

/** Options as a caller writes them. */
export type GenerateOptions = z.input<typeof generateSchema>;

/** The same after the check: seeds are numbers. */
export type ParsedOptions = z.output<typeof generateSchema>;

/** Everything that is needed to make the pictures again, with the same model. */
export interface ResolvedSettings {
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
  readonly guidanceInterval: readonly [number, number] | undefined;
  readonly reuseFeatures: number | undefined;
  /** Of the pictures that come out. */
  readonly width: number;
  readonly height: number;
  readonly numImagesPerPrompt: number;
  readonly batchSize: number | undefined;
  readonly strength: number | undefined;
  readonly inpainting: InpaintingSettings | undefined;
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
