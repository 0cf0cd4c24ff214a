/** What `scheduler_config.json` may hold. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.js";
import { parseSchedulerConfig } from "../../src/scheduler/config.js";
import { diffusersFixture } from "../support/goldens.js";

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
    [[], "models/x.json holds no JSON object"],
    [{ _class_name: "DDIMScheduler" }, 'Scheduler "DDIMScheduler" in models/x.json is not supported'],
    [{ set_alpha_to_one: false }, "Key set_alpha_to_one in models/x.json is unknown"],
    [{ constructor: 1 }, "Key constructor in models/x.json is unknown"],
    [{ beta_schedule: "cosine" }, 'models/x.json: "beta_schedule" is "cosine"'],
    [{ variance_type: "fixed_large_log" }, 'models/x.json: "variance_type" is "fixed_large_log"'],
    [{ num_train_timesteps: 0 }, 'models/x.json: "num_train_timesteps" is 0'],
    [{ num_train_timesteps: 10.5 }, 'models/x.json: "num_train_timesteps" is 10.5'],
    [{ clip_sample: "yes" }, 'models/x.json: "clip_sample" is "yes"'],
    [{ beta_start: null }, 'models/x.json: "beta_start" is null'],
    [{ trained_betas: [0.1, "0.2"] }, 'models/x.json: "trained_betas[1]" is "0.2"'],
    [
      { trained_betas: [0.1, 0.2] },
      "Key trained_betas in models/x.json has 2 values, expected one for each of the 1000",
    ],
  ])("%j", (json, message) => {
    const parse = (): unknown => parseSchedulerConfig(json, "models/x.json");
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(message);
  });
});
