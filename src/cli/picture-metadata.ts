/** What a picture says of itself: the line that other programs read, and the JSON that makes it again. */
import type { PictureMetadata } from "../image/metadata.js";
import { formatParameters } from "../image/parameters-text.js";
import type { ResolvedSettings } from "../pipeline/settings.js";
import { packageVersion } from "./package-info.js";

/** Metadata of picture `index` of a run. */
export function pictureMetadata(
  settings: ResolvedSettings,
  model: string,
  variant: string | undefined,
  index: number,
): PictureMetadata {
  const version = packageVersion();
  const at = Math.floor(index / settings.numImagesPerPrompt);
  const prompt = settings.prompts[at] ?? "";
  const negativePrompt = settings.negativePrompts?.[at];
  const seed = (settings.seeds.length > 1 ? settings.seeds[index] : settings.seeds[0])?.toString() ?? "";
  const { numInferenceSteps, guidanceScale, width, height, strength, numImagesPerPrompt, mode } = settings;
  return {
    parameters: formatParameters({
      prompt,
      ...(negativePrompt !== undefined && { negativePrompt }),
      settings: {
        Steps: numInferenceSteps,
        Sampler: "DDPM",
        // The usual convention, which is one higher than Kandinsky 3's own; see docs/guidance.md.
        "CFG scale": guidanceScale > 1 ? guidanceScale + 1 : 1,
        Seed: seed,
        Size: `${width}x${height}`,
        Model: model,
        ...(strength !== undefined && { "Denoising strength": strength }),
        "Guidance scale": guidanceScale,
        Version: `kandinsky3 ${version}`,
      },
    }),
    settings: {
      software: "kandinsky3",
      version,
      model,
      variant: variant ?? null,
      mode,
      prompt,
      negativePrompt: negativePrompt ?? null,
      seed,
      imageIndex: index,
      numImagesPerPrompt,
      numInferenceSteps,
      guidanceScale,
      width,
      height,
      strength: strength ?? null,
      scheduler: "ddpm",
      dtype: "fp32",
    },
  };
}
