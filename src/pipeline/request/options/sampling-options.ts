/** The options of a generation that say what is made and by which steps. Names are diffusers' in camel case. */
import { z } from "zod";
import { SAMPLERS, type SamplerName } from "../../../scheduler/samplers.js";
import { DECIMAL, INTEGER } from "./from-text.js";
import { option } from "./row.js";

/** Latents of more than this many pixels a side need more memory than any machine that this is meant for has. */
const MAX_SIDE = 8192;
export const MAX_IMAGES = 64;
/** PyTorch's seeds: any 64-bit number, signed or not. */
const SEED_RANGE = { lowest: -(2n ** 63n), highest: 2n ** 64n - 1n } as const;

const seed = z
  .union([z.bigint(), z.int(), z.string().regex(/^-?\d+$/, "expected a whole number")])
  .transform((value) => BigInt(value))
  .refine((value) => value >= SEED_RANGE.lowest && value <= SEED_RANGE.highest, "expected a 64-bit number");
/** `7`, or a list of them as `7,8,9`. */
function seedsOf(text: string): bigint | bigint[] | undefined {
  const parts = text.split(",").map((part) => part.trim());
  const seeds = parts.filter((part) => INTEGER.test(part)).map((part) => BigInt(part.replace(/^\+/, "")));
  return seeds.length < parts.length ? undefined : seeds.length === 1 ? seeds[0] : seeds;
}
const share = z.number().min(0).max(1);
const side = z.int().min(1).max(MAX_SIDE);
const texts = z.union([z.string(), z.array(z.string()).min(1)]);

const STEPWISE = ["ddpm", "original"] as const satisfies readonly SamplerName[];
const notWithFlash = (_value: unknown, sampler: SamplerName): string =>
  `got with the sampler ${sampler}, expected ${STEPWISE.join(" or ")}: its four steps leave nothing out`;
/** What is not repainted keeps its pixels. */
const withMask = (): string => "got with a mask, expected neither, since the image's size is kept";

export const stepOptions = {
  /** What the pictures show; a list gives a picture for each. */
  prompt: option({
    of: "generation",
    flag: null,
    withoutFlag: "it is the argument of the command",
    help: "what the picture shows",
    schema: texts,
    planned: false,
    record: "prompt",
  }),
  /** What the pictures do not show; one for each prompt. */
  negativePrompt: option({
    of: "generation",
    flag: "--negative-prompt <text>",
    help: "what it does not show",
    schema: texts,
    fromText: (text) => text,
    planned: false,
    record: "negativePrompt",
  }),
  /** One for the whole batch, or one for each image. A random one is drawn when left out. */
  seed: option({
    of: "generation",
    flag: "--seed <n>",
    help: "the same seed gives the same picture; a list as 7,8,9 makes one for each, which its own seed gives again alone",
    default: "random",
    schema: z.union([seed, z.array(seed).min(1)]),
    words: "a whole number of at most 64 bits, or a list such as 7,8,9",
    fromText: seedsOf,
    planned: false,
    record: "seed",
  }),
  /** Denoising steps; the model's own number, or else the sampler's, when left out. */
  numInferenceSteps: option({
    of: "generation",
    flag: "--steps <n>",
    help: "denoising steps",
    schema: z.int().min(1).max(1000),
    planned: true,
    record: "numInferenceSteps",
  }),
  /**
   * Kandinsky 3's convention: `(g + 1) * conditional - g * unconditional`. With `ddpm` there is no guidance at 1 or less, with
   * `original` at 0.
   */
  guidanceScale: option({
    of: "generation",
    flag: "--guidance-scale <x>",
    help: "how closely to follow the prompt; one less than the usual CFG scale",
    schema: z.number().min(0).max(1000),
    planned: true,
    record: "guidanceScale",
  }),
  /** Guidance only between these shares of the steps, 0 being the first; outside, one pass a step. */
  guidanceInterval: option({
    of: "generation",
    flag: "--guidance-interval <from,to>",
    help: "guide only between these shares of the steps, as 0,0.6; one pass a step elsewhere",
    schema: z
      .tuple([share, share])
      .refine(([from, to]) => from < to, "expected two shares of the steps, the first one smaller"),
    words: "two numbers from 0 to 1, the first one smaller, as 0,0.6",
    fromText: (text) => text.split(",").map((part) => (DECIMAL.test(part) ? Number(part) : NaN)),
    samplers: STEPWISE,
    otherSampler: notWithFlash,
    planned: false,
    asGiven: true,
    record: "guidanceInterval",
  }),
  /** The U-Net's inner levels run in one of so many steps. */
  reuseFeatures: option({
    of: "generation",
    flag: "--reuse-features <k>",
    help: "run the U-Net's inner levels in one of k steps",
    schema: z.int().min(1).max(1000),
    samplers: STEPWISE,
    otherSampler: notWithFlash,
    planned: false,
    asGiven: true,
    record: "reuseFeatures",
  }),
} as const;

export const sizeOptions = {
  /** Of the pictures, in pixels; the model's own, or the given image's, when left out. Rounded up to what the networks take. */
  width: option({
    of: "generation",
    flag: "--width <pixels>",
    help: "width of the picture",
    unit: "pixels",
    schema: side,
    modes: ["text-to-image", "image-to-image"],
    otherMode: withMask,
    planned: true,
    record: "width",
  }),
  /** As `width`. */
  height: option({
    of: "generation",
    flag: "--height <pixels>",
    help: "height of the picture",
    unit: "pixels",
    schema: side,
    modes: ["text-to-image", "image-to-image"],
    otherMode: withMask,
    planned: true,
    record: "height",
  }),
  /** How many pictures each prompt gets; one when left out. */
  numImagesPerPrompt: option({
    of: "generation",
    flag: "--num-images <n>",
    help: "how many pictures to make",
    schema: z.int().min(1).max(MAX_IMAGES),
    planned: false,
    record: "numImagesPerPrompt",
  }),
} as const;

export const samplerOptions = {
  /** Left out: the one of the repository that the checkpoint's layout belongs to. */
  sampler: option({
    of: "generation",
    flag: "--sampler <name>",
    help: "ddpm, original or flash",
    default: "the checkpoint's own",
    schema: z.enum(SAMPLERS),
    planned: false,
    record: "sampler",
  }),
  /** How much noise a step of the original sampler adds, 0 to 1. */
  eta: option({
    of: "generation",
    flag: "--eta <x>",
    help: "noise of the original sampler",
    default: "1",
    schema: z.number().min(0).max(1),
    samplers: ["original"],
    otherSampler: (value, sampler) =>
      `got ${String(value)} with the sampler ${sampler}, expected the sampler original, or no eta`,
    planned: false,
    record: "eta",
  }),
  /** How many pictures of one prompt share a stretch of the noise stream, as `bs` in the original; all when left out. */
  batchSize: option({
    of: "generation",
    flag: "--batch-size <n>",
    help: "how many pictures share the noise of a seed at a time",
    default: "all",
    schema: z.int().min(1).max(MAX_IMAGES),
    planned: false,
    asGiven: true,
    record: "batchSize",
  }),
} as const;

export const OUTPUT_TYPES = ["image", "tensor", "latent"] as const;
/** What a generation ends with: images, their values before rounding, or latents alone. */
export type OutputType = (typeof OUTPUT_TYPES)[number];

export const outputOptions = {
  /** `image`, `tensor` for the same values as floats before rounding, `latent` for what the decoder would get; `image` when left out. */
  outputType: option({
    of: "generation",
    flag: "--output-type <type>",
    help: "image, tensor (floats in an .npy file) or latent",
    default: '"image"',
    schema: z.enum(OUTPUT_TYPES),
    planned: false,
    record: "outputType",
  }),
} as const;
