/** A model's own defaults, which lie in its `generation_config.json`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type OnNote, readConfig } from "../files/json-file.js";

/** The file of a model's own defaults. */
export const DEFAULTS_FILE = "generation_config.json";

const schema = z.strictObject({
  height: z.int().positive().optional(),
  width: z.int().positive().optional(),
  num_inference_steps: z.int().positive().optional(),
  guidance_scale: z.number().min(0).optional(),
});

/** What transformers writes into files of this name. */
const PASSED_OVER = new Set(["transformers_version"]);

/** The values of a model's `generation_config.json`. */
export interface ModelDefaults {
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  readonly numInferenceSteps?: number | undefined;
  readonly guidanceScale?: number | undefined;
}

/** The defaults in the model's own file; none where it has no such file. Throws `ConfigError`. */
export async function readDefaults(folder: string, onNote?: OnNote): Promise<ModelDefaults> {
  const file = join(folder, DEFAULTS_FILE);
  if (!existsSync(file)) {
    return {};
  }
  const read = await readConfig(file, schema, { passedOver: PASSED_OVER, onNote });
  return {
    height: read.height,
    width: read.width,
    numInferenceSteps: read.num_inference_steps,
    guidanceScale: read.guidance_scale,
  };
}
