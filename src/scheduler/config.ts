/**
 * `scheduler_config.json` of a DDPM scheduler. Keys are those of the file. A missing key has the default of the constructor of
 * `DDPMScheduler` in diffusers (schedulers/scheduling_ddpm.py), because diffusers writes files that rely on it.
 */
import { z } from "zod";
import { ConfigError } from "../errors.js";
import { type OnNote, parseConfig } from "../files/json-file.js";
import { isJsonObject, type JsonObject, kindOf } from "../files/strict-json.js";
import { quoted } from "../text/quote.js";

const CLASS_NAME = "DDPMScheduler";
/** The sampler that reads these settings. */
const NAMED = "ddpm";
/** Tables of this length are built when a scheduler is made; a damaged number must not take all memory. */
const MOST_TRAIN_TIMESTEPS = 1_000_000;

const beta = z.number().min(0).max(1);

const schema = z.strictObject({
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

/** What a model's scheduler file says. */
export interface StoredScheduler {
  readonly config: SchedulerConfig;
  /** Why the values are not used unless a sampler is named: they are those of another class. `undefined` for this one's. */
  readonly refusal: string | undefined;
}

/** The keys without which another class says nothing about the noise that a model was trained on. */
const BETAS = ["beta_start", "beta_end", "beta_schedule"] as const;

/** Checks the parsed JSON of `file`, unknown keys are told. Throws `ConfigError` for what no sampler could use. */
export function parseStoredScheduler(json: unknown, file: string, onNote?: OnNote): StoredScheduler {
  if (!isJsonObject(json)) {
    throw new ConfigError(`${file} holds ${kindOf(json)}, expected the settings of a ${CLASS_NAME}`);
  }
  const { _class_name: className = CLASS_NAME } = json;
  if (className === CLASS_NAME) {
    return { config: parseValues(json, file, onNote), refusal: undefined };
  }
  const name = typeof className === "string" ? quoted(className) : kindOf(className);
  const problem = `Scheduler ${name} in ${file} is not supported, expected ${CLASS_NAME}`;
  const lacks = json["trained_betas"] instanceof Array ? [] : BETAS.filter((key) => json[key] === undefined);
  const missing = [...lacks, ...("num_train_timesteps" in json ? [] : ["num_train_timesteps"])];
  if (missing.length > 0) {
    throw new ConfigError(
      `${problem}, or betas, without which no sampler takes its place: it lacks ${missing.join(", ")}`,
    );
  }
  // Where other classes have null for "not set", this one's default holds.
  const set = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
  return {
    config: parseValues(set, file, onNote),
    refusal: `${problem}; sampler ${NAMED} works with its betas where it is asked for`,
  };
}

/** The settings of a `DDPMScheduler`. Throws `ConfigError`, also for another class. */
export function parseSchedulerConfig(json: unknown, file: string): SchedulerConfig {
  const { config, refusal } = parseStoredScheduler(json, file);
  if (refusal !== undefined) {
    throw new ConfigError(refusal, { options: ["sampler"] });
  }
  return config;
}

function parseValues(json: JsonObject, file: string, onNote: OnNote | undefined): SchedulerConfig {
  const config = parseConfig(json, file, schema, { onNote });
  if (config.trained_betas !== null && config.trained_betas.length < config.num_train_timesteps) {
    throw new ConfigError(
      `${file}: "trained_betas" has ${config.trained_betas.length} values, expected one for each of the ${config.num_train_timesteps} of "num_train_timesteps"`,
    );
  }
  return config;
}
