/** What `scheduler_config.json` may hold. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.js";
import { parseSchedulerConfig, parseStoredScheduler } from "../../src/scheduler/config.js";
import { diffusersFixture } from "../support/goldens.js";

const BETAS = { num_train_timesteps: 500, beta_start: 0.001, beta_end: 0.02, beta_schedule: "scaled_linear" };

test("a file as diffusers writes it is read as it is", () => {
  const json: unknown = JSON.parse(readFileSync(diffusersFixture("tiny/scheduler/scheduler_config.json"), "utf8"));
  expect(json).toMatchObject(parseSchedulerConfig(json, "file"));
});

test("missing keys have the defaults of DDPMScheduler's constructor", () => {
  expect(parseSchedulerConfig({ _class_name: "DDPMScheduler" }, "file")).toEqual({
    num_train_timesteps: 1000,
    beta_start: 0.0001,
    beta_end: 0.02,
    beta_schedule: "linear",
    trained_betas: null,
    variance_type: "fixed_small",
    clip_sample: true,
    clip_sample_range: 1,
    prediction_type: "epsilon",
    thresholding: false,
    dynamic_thresholding_ratio: 0.995,
    sample_max_value: 1,
    timestep_spacing: "leading",
    steps_offset: 0,
    rescale_betas_zero_snr: false,
  });
});

describe("refused with key and file", () => {
  test.each([
    [[], "models/x.json holds an array"],
    [{ _class_name: "DDIMScheduler" }, 'Scheduler "DDIMScheduler" in models/x.json is not supported'],
    [{ _class_name: "DDIMScheduler", ...BETAS }, 'Scheduler "DDIMScheduler" in models/x.json is not supported'],
    [{ _class_name: 3, ...BETAS }, "Scheduler a number in models/x.json is not supported"],
    [{ beta_schedule: "cosine" }, 'models/x.json: "beta_schedule" is "cosine"'],
    [{ variance_type: "fixed_large_log" }, 'models/x.json: "variance_type" is "fixed_large_log"'],
    [{ num_train_timesteps: 0 }, 'models/x.json: "num_train_timesteps" is 0'],
    [{ num_train_timesteps: 10.5 }, 'models/x.json: "num_train_timesteps" is 10.5'],
    [{ clip_sample: "yes" }, 'models/x.json: "clip_sample" is "yes"'],
    [{ beta_start: null }, 'models/x.json: "beta_start" is null'],
    [{ trained_betas: [0.1, "0.2"] }, 'models/x.json: "trained_betas[1]" is "0.2"'],
    [{ trained_betas: [0.1, 0.2] }, 'models/x.json: "trained_betas" has 2 values, expected one for each of the 1000'],
  ])("%j", (json, message) => {
    const parse = (): unknown => parseSchedulerConfig(json, "models/x.json");
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(message);
  });
});

describe("settings of other classes", () => {
  test("unknown keys are told and passed over", () => {
    const notes: string[] = [];
    const json = { sigma_max: 14, _diffusers_version: "0.30", use_karras_sigmas: true, steps_offset: 1 };
    const { config, refusal } = parseStoredScheduler(json, "x.json", (note) => notes.push(note));
    expect(refusal).toBeUndefined();
    expect(config).toMatchObject({ steps_offset: 1 });
    expect(config).not.toHaveProperty("sigma_max");
    expect(notes).toEqual([
      'x.json has keys that are not known here and are passed over: "sigma_max", "use_karras_sigmas"',
    ]);
  });

  test.each([
    ["DDIMScheduler", { ...BETAS, set_alpha_to_one: false, clip_sample: false }],
    ["PNDMScheduler", { ...BETAS, skip_prk_steps: true }],
    ["DPMSolverMultistepScheduler", { ...BETAS, variance_type: null, algorithm_type: "dpmsolver++" }],
    ["EulerDiscreteScheduler", { trained_betas: new Array(500).fill(0.01), num_train_timesteps: 500 }],
  ])("%s: its betas are used where a sampler is named", (name, settings) => {
    const { config, refusal } = parseStoredScheduler({ _class_name: name, ...settings }, "x.json");
    expect(refusal).toBe(
      `Scheduler "${name}" in x.json is not supported, expected DDPMScheduler; sampler ddpm works with its betas where it is asked for`,
    );
    expect(config).toMatchObject({ num_train_timesteps: 500, variance_type: "fixed_small" });
  });

  test.each([
    [{ shift: 3, num_train_timesteps: 1000 }, "beta_start, beta_end, beta_schedule"],
    [{ ...BETAS, beta_end: undefined }, "beta_end"],
    [{ trained_betas: [0.1] }, "num_train_timesteps"],
  ])("without betas nothing takes its place: %j", (settings, lacks) => {
    const parse = (): unknown => parseStoredScheduler({ _class_name: "FlowScheduler", ...settings }, "x.json");
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(new RegExp(`it lacks ${lacks}$`));
  });
});
