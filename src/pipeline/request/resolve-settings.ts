/** Completes the options of a call: what was left out comes from the model's own file, or else from the reference pipelines. */
import { UsageError } from "../../errors.js";
import type { ModelDefaults } from "../../loading/generation-config.js";
import type { InpaintingSettings } from "./inpainting-options.js";
import type { Mode } from "./mode.js";
import { DEFAULT_ETA, samplerDefaults, type SamplerName } from "../../scheduler/samplers.js";
import { MAX_IMAGES, type ParsedOptions, type ResolvedSettings } from "./options.js";

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
    throw new UsageError(`numImagesPerPrompt: got ${images} images in one run, expected at most ${MAX_IMAGES}`);
  }
  const seeds = options.seed === undefined ? [randomSeed()] : [options.seed].flat();
  if (seeds.length > 1 && seeds.length !== images) {
    throw new UsageError(`seed: got ${seeds.length} seeds for ${images} images, expected one, or one for each image`);
  }
  if (options.negativePrompt !== undefined && [options.negativePrompt].flat().length !== prompts) {
    const given = [options.negativePrompt].flat().length;
    throw new UsageError(`negativePrompt: got ${given} for ${prompts} prompts, expected one for each`);
  }
  if (mode === "text-to-image" && options.strength !== undefined) {
    throw new UsageError(`strength: got ${options.strength} without an image, expected an image, or no strength`);
  }
  if (options.eta !== undefined && sampler !== "original") {
    throw new UsageError(
      `eta: got ${options.eta} with the sampler ${sampler}, expected the sampler original, or no eta`,
    );
  }
  if (options.batchSize !== undefined && prompts > 1) {
    throw new UsageError(`batchSize: got ${options.batchSize} with ${prompts} prompts, expected one prompt`);
  }
  if (sampler === "flash" && (options.guidanceInterval ?? options.reuseFeatures) !== undefined) {
    const name = options.guidanceInterval === undefined ? "reuseFeatures" : "guidanceInterval";
    throw new UsageError(
      `${name}: got with the sampler flash, expected ddpm or original: its four steps leave nothing out`,
    );
  }
  return {
    mode,
    sampler,
    eta: sampler === "original" ? (options.eta ?? DEFAULT_ETA) : undefined,
    prompts: options.prompt === undefined ? [] : [options.prompt].flat(),
    negativePrompts: options.negativePrompt === undefined ? undefined : [options.negativePrompt].flat(),
    seeds,
    ...strides(options, facts, defaults),
    guidanceInterval: options.guidanceInterval,
    reuseFeatures: options.reuseFeatures,
    width,
    height,
    numImagesPerPrompt,
    batchSize: options.batchSize,
    strength: mode === "image-to-image" ? (options.strength ?? DEFAULT_STRENGTH) : options.strength,
    inpainting,
    outputType: options.outputType ?? "image",
  };
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

/** 32 bits: short enough to read aloud, and all that PyTorch's generator uses of a seed. */
function randomSeed(): bigint {
  return BigInt(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
}
