/**
 * `scheduler_config.json` of a DDPM scheduler. Keys are those of the file. A missing key has the default of the constructor of
 * `DDPMScheduler` in diffusers (schedulers/scheduling_ddpm.py), because diffusers writes files that rely on it.
 */
import { z } from "zod";
import { ConfigError } from "../errors.js";
import { describeKey } from "../text/describe-issue.js";
import { capped } from "../text/quote.js";

const CLASS_NAME = "DDPMScheduler";
/** Tables of this length are built when a scheduler is made; a damaged number must not take all memory. */
const MOST_TRAIN_TIMESTEPS = 1_000_000;

const beta = z.number().min(0).max(1);

const schema = z.object({
  num_train_timesteps: z.int().min(1).max(MOST_TRAIN_TIMESTEPS).default(1000),
  beta_start: beta.default(0.0001),
  beta_end: beta.default(0.02),
  beta_schedule: z.enum(["linear", "scaled_linear", "squaredcos_cap_v2", "laplace", "sigmoid"]).default("linear"),
  trained_betas: z.array(beta).nullable().default(null),
  // fixed_large_log is no choice: the reference takes the root of a logarithm for it, which is NaN in every noisy step.
  variance_type: z
    .enum(["fixed_small", "fixed_small_log", "fixed_large", "learned", "learned_range"])
    .default("fixed_small"),
  clip_sample: z.boolean().default(true),
  clip_sample_range: z.number().positive().default(1),
  prediction_type: z.enum(["epsilon", "sample", "v_prediction"]).default("epsilon"),
  thresholding: z.boolean().default(false),
  dynamic_thresholding_ratio: z.number().min(0).max(1).default(0.995),
  sample_max_value: z.number().positive().default(1),
  timestep_spacing: z.enum(["leading", "linspace", "trailing"]).default("leading"),
  steps_offset: z.int().min(0).default(0),
  rescale_betas_zero_snr: z.boolean().default(false),
});

export type SchedulerConfig = Readonly<z.infer<typeof schema>>;
export type VarianceType = SchedulerConfig["variance_type"];

const shape: Readonly<Record<string, unknown>> = schema.shape;

/** Checks the parsed JSON of `file`. Throws `ConfigError` at the first thing that is not understood. */
export function parseSchedulerConfig(json: unknown, file: string): SchedulerConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ConfigError(`${file} holds no JSON object, expected the settings of a ${CLASS_NAME}.`);
  }
  const entries = new Map<string, unknown>(Object.entries(json));
  const className = entries.get("_class_name");
  if (className !== undefined && className !== CLASS_NAME) {
    throw new ConfigError(`Scheduler ${shown(className)} in ${file} is not supported, expected ${CLASS_NAME}.`);
  }
  // Keys with an underscore are notes that diffusers writes about the file itself.
  const unknown = [...entries.keys()].find((key) => !key.startsWith("_") && !Object.hasOwn(shape, key));
  if (unknown !== undefined) {
    throw new ConfigError(
      `Key ${unknown} in ${file} is unknown, expected the keys of ${CLASS_NAME}: ${Object.keys(shape).join(", ")}.`,
    );
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => describeKey(issue, json));
    throw new ConfigError(`${file}: ${capped(problems, "; ")}`, { cause: result.error });
  }
  const config = result.data;
  if (config.trained_betas !== null && config.trained_betas.length < config.num_train_timesteps) {
    throw new ConfigError(
      `Key trained_betas in ${file} has ${config.trained_betas.length} values, expected one for each of the ${config.num_train_timesteps} of num_train_timesteps.`,
    );
  }
  return config;
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}
