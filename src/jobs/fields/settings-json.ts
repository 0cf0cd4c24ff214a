/** The settings of a generation as the interface writes them. */
import type { JsonObject } from "../../image/metadata/metadata.js";
import type { ResolvedSettings } from "../../pipeline/request/options.js";
import { snakeCase } from "./field-table.js";
import { fieldOf } from "./job-fields.js";

/** What was written down with the images, in the names of the fields. */
export function recordJson(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [fieldOf(key) ?? snakeCase(key), value]));
}

/** What is known before the first step. */
export function plannedJson(settings: ResolvedSettings, model: string): JsonObject {
  const { mode, sampler, seeds, numInferenceSteps, guidanceScale, width, height, numImagesPerPrompt } = settings;
  return {
    model,
    mode,
    sampler,
    seed: seeds.map(String).join(","),
    steps: numInferenceSteps,
    guidance_scale: guidanceScale,
    width,
    height,
    n: numImagesPerPrompt,
  };
}
