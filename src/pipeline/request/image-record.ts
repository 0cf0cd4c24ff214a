/**
 * What is written down with a picture: all that is needed to make it again, as JSON in the library's option names, and the
 * parameters text of the A1111 family.
 */
import { InternalError } from "../../errors.js";
import type { JsonObject, JsonValue, ImageMetadata } from "../../image/metadata/metadata.js";
import { formatParameters } from "../../image/metadata/parameters-text.js";
import { isGuided, SAMPLER_TITLES } from "../../scheduler/samplers.js";
import { commandOf } from "./image-command.js";
import { OPTION_ROWS } from "./option-table.js";
import type { ResolvedSettings } from "./options.js";
import type { SourceFiles } from "./read-images.js";
import type { SourceFile } from "../../image/reading/image-input.js";

/** What made the pictures, beside the settings. */
export interface Origin {
  readonly model: string;
  readonly version: string;
  /** What the parts of the model compute in. */
  readonly dtype: string;
  /** What was changed, and what of it, where that came from files. */
  readonly files: SourceFiles;
}

/** The order of the keys in every file so far. A new option's key comes after them. */
const KEY_ORDER = [
  "prompt negativePrompt seed numInferenceSteps guidanceScale guidanceInterval reuseFeatures width height",
  "numImagesPerPrompt strength batchSize image mask inpainting outputType sampler eta dtype",
].flatMap((keys) => keys.split(" "));

/** One JSON object for a whole run. A 64-bit seed is no JSON number, so it is decimal text, as several are in one. */
export function describeRun(settings: ResolvedSettings, origin: Origin): JsonObject {
  const { model, version, dtype, files } = origin;
  const [image, ...others] = files.image.map(describeFile);
  const { prompts, negativePrompts, seeds: _seeds, inpainting: _inpainting, ...plain } = settings;
  const values = new Map<string, JsonValue | undefined>(
    Object.entries({
      ...plain,
      prompt: prompts.join("\n"),
      negativePrompt: negativePrompts?.join("\n") ?? null,
      seed: settings.seeds.join(","),
      image: others.length === 0 ? image : files.image.map(describeFile),
      mask: files.mask && describeFile(files.mask),
      inpainting: inpaintingOf(settings),
      dtype,
    }),
  );
  const keys = new Set([...OPTION_ROWS.values()].flatMap(({ record }) => record ?? []));
  const record = new Map<string, JsonValue>([
    ["generator", "kandinsky3"],
    ["version", version],
    ["model", model],
    ["mode", settings.mode],
  ]);
  for (const key of [...KEY_ORDER, ...keys]) {
    const value = keys.has(key) ? values.get(key) : undefined;
    if (value !== undefined) {
      record.set(key, value);
    }
  }
  return Object.fromEntries(record);
}

/**
 * The metadata of picture `index` of a run. Where all pictures of a run share one seed, they share its generator, as in diffusers, and
 * the index belongs to the seed; a picture with a seed of its own is made again alone by the command that is written down.
 */
export function describeImage(settings: ResolvedSettings, origin: Origin, index: number): ImageMetadata {
  const negativePrompt = settings.negativePrompts?.join("\n");
  const seed = seedOf(settings, index);
  const record = { ...describeRun(settings, origin), seed: seed.toString() };
  const single = settings.prompts.length === 1 && settings.numImagesPerPrompt === settings.seeds.length;
  const command = single ? commandOf(record, seed) : undefined;
  return {
    parameters: formatParameters({
      prompt: settings.prompts.join("\n"),
      ...(negativePrompt === undefined ? {} : { negativePrompt }),
      settings: {
        Steps: settings.numInferenceSteps,
        Sampler: SAMPLER_TITLES[settings.sampler],
        ...(settings.eta === undefined ? {} : { Eta: settings.eta }),
        "CFG scale": usualGuidance(settings),
        "Guidance scale": settings.guidanceScale,
        Seed: seed.toString(),
        Size: `${settings.width}x${settings.height}`,
        Model: origin.model,
        ...(settings.strength === undefined ? {} : { "Denoising strength": settings.strength }),
        ...(settings.inpainting === undefined ? {} : { "Mask blur": settings.inpainting.maskBlur }),
        ...(settings.numImagesPerPrompt === 1 ? {} : { "Batch size": settings.numImagesPerPrompt, "Batch pos": index }),
        Version: `kandinsky3 ${origin.version}`,
      },
    }),
    settings: { ...record, imageIndex: index, ...(command === undefined ? {} : { command }) },
  };
}

function describeFile({ name, sha256 }: SourceFile): JsonObject {
  return name === undefined ? { sha256 } : { name, sha256 };
}

function inpaintingOf({ inpainting }: ResolvedSettings): JsonObject | undefined {
  if (inpainting === undefined) {
    return undefined;
  }
  const { method, raw, maskArea, maskPadding, maskBlur, invertMask, extend } = inpainting;
  return {
    method,
    ...(raw ? { raw } : { maskArea, ...(maskArea === "only" ? { maskPadding } : {}), maskBlur }),
    ...(invertMask ? { invertMask } : {}),
    ...(extend === undefined ? {} : { extend: { ...extend } }),
  };
}

/** Other programs scale the difference to the unconditional prediction, which is one more than Kandinsky 3's number. */
function usualGuidance({ sampler, guidanceScale }: ResolvedSettings): number {
  return isGuided(sampler, guidanceScale) ? guidanceScale + 1 : 1;
}

function seedOf({ seeds }: ResolvedSettings, index: number): bigint {
  const seed = seeds.length === 1 ? seeds[0] : seeds[index];
  if (seed === undefined) {
    throw new InternalError(`no seed for image ${index}`);
  }
  return seed;
}
