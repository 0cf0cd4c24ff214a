/** Completes the options of a call: what was left out comes from the model's own file, or else from the reference pipelines. */
import { UsageError } from "../../errors.js";
import type { ModelDefaults } from "../../loading/generation-config.js";
import type { InpaintingSettings } from "./inpainting-options.js";
import type { Mode } from "./mode.js";
import { DEFAULT_ETA, samplerDefaults, type SamplerName } from "../../scheduler/samplers.js";
import { type AsGivenName, OPTION_ROWS } from "./option-table.js";
import { MAX_IMAGES } from "./options/sampling-options.js";
import type { ParsedOptions, ResolvedSettings, SettingsAsGiven } from "./options.js";
import { refuseOtherSamplers } from "./refusals.js";

/** Both references' own side of a picture. */
export const REFERENCE_SIDE = 1024;
/** diffusers' own: Kandinsky3Img2ImgPipeline.__call__. */
const DEFAULT_STRENGTH = 0.3;

/** What is known of a call beside its options. */
export interface CallFacts {
  readonly mode: Mode;
  readonly sampler: SamplerName;
  /** Of the pictures that come out. */
  readonly width: number;
  readonly height: number;
  readonly prompts: number;
  readonly inpainting: InpaintingSettings | undefined;
}

/** Throws `UsageError` where the options contradict each other. */
export function resolveSettings(options: ParsedOptions, facts: CallFacts, defaults: ModelDefaults): ResolvedSettings {
  const { mode, sampler, width, height, prompts, inpainting } = facts;
  const numImagesPerPrompt = options.numImagesPerPrompt ?? 1;
  const images = prompts * numImagesPerPrompt;
  if (images > MAX_IMAGES) {
    throw UsageError.of("numImagesPerPrompt", `got ${images} images in one run, expected at most ${MAX_IMAGES}`);
  }
  const seeds = options.seed === undefined ? randomSeeds(images) : [options.seed].flat();
  if (seeds.length > 1 && seeds.length !== images) {
    throw UsageError.of("seed", `got ${seeds.length} seeds for ${images} images, expected one, or one for each image`);
  }
  if (options.negativePrompt !== undefined && [options.negativePrompt].flat().length !== prompts) {
    const given = [options.negativePrompt].flat().length;
    throw UsageError.of("negativePrompt", `got ${given} for ${prompts} prompts, expected one for each`);
  }
  refuseOtherSamplers(options, sampler);
  if (options.batchSize !== undefined && prompts > 1) {
    throw UsageError.of("batchSize", `got ${options.batchSize} with ${prompts} prompts, expected one prompt`);
  }
  return {
    mode,
    sampler,
    eta: sampler === "original" ? (options.eta ?? DEFAULT_ETA) : undefined,
    prompts: options.prompt === undefined ? [] : [options.prompt].flat(),
    negativePrompts: options.negativePrompt === undefined ? undefined : [options.negativePrompt].flat(),
    seeds,
    ...strides(options, facts, defaults),
    ...asGiven(options),
    width,
    height,
    numImagesPerPrompt,
    strength: mode === "image-to-image" ? (options.strength ?? DEFAULT_STRENGTH) : options.strength,
    inpainting,
    outputType: options.outputType ?? "image",
  };
}

/** What the table of options takes over without a default. */
function asGiven(options: ParsedOptions): SettingsAsGiven {
  const isAsGiven = (name: string): name is AsGivenName => OPTION_ROWS.get(name)?.asGiven === true;
  const names = [...OPTION_ROWS.keys()].filter(isAsGiven);
  // The names are those of the type, which the compiler cannot follow through `fromEntries`.
  return Object.fromEntries(names.map((name) => [name, options[name]])) as unknown as SettingsAsGiven;
}

/** Steps and guidance; the flash sampler has its own, whatever is asked for. */
function strides(
  options: ParsedOptions,
  { sampler, mode }: CallFacts,
  defaults: ModelDefaults,
): Pick<ResolvedSettings, "numInferenceSteps" | "guidanceScale"> {
  const reference = samplerDefaults(sampler, mode === "inpainting");
  return sampler === "flash"
    ? reference
    : {
        numInferenceSteps: options.numInferenceSteps ?? defaults.numInferenceSteps ?? reference.numInferenceSteps,
        guidanceScale: options.guidanceScale ?? defaults.guidanceScale ?? reference.guidanceScale,
      };
}

/**
 * One for each image, so that each can be made again alone; in a row, so that they are easily written down. 32 bits: short enough to
 * read aloud, and all that PyTorch's generator uses of a seed.
 */
function randomSeeds(images: number): bigint[] {
  const first = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  return Array.from({ length: images }, (_, index) => BigInt((first + index) % 2 ** 32));
}
