/** The DDPM scheduler against the tables, timesteps and steps of the diffusers fixtures. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { alphasCumprod, makeBetas } from "../../src/scheduler/betas.js";
import { parseSchedulerConfig } from "../../src/scheduler/config.js";
import { DdpmScheduler } from "../../src/scheduler/ddpm.js";
import { shapeSize } from "../../src/tensor/shape.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";
import { casesOf, diffusersFixture, goldenTensor, type GoldenCase } from "../support/goldens.js";

interface TablesCase extends GoldenCase {
  readonly config: unknown;
  readonly files: { readonly betas: string; readonly alphas_cumprod: string };
  readonly tolerance: number;
}
interface TimestepsCase extends GoldenCase {
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: { readonly table: string };
}
interface TimestepsEntry {
  readonly timestep_spacing: string;
  readonly steps_offset: number;
  readonly steps: number;
  readonly timesteps: readonly number[];
}
interface StepsCase extends GoldenCase {
  readonly steps: number;
  readonly configs: readonly unknown[];
  readonly tolerances: readonly { readonly prev_sample: number; readonly pred_original_sample: number }[];
  readonly files: { readonly samples: string; readonly model_outputs: string; readonly noises: string };
  readonly outputs: Readonly<Record<"prev_sample" | "pred_original_sample", { readonly file: string }>>;
}

/** Entry `index` along the first axis, which is dropped. */
function entry({ shape: [, ...shape], data }: Tensor, index: number): Tensor {
  const size = shapeSize(shape);
  return tensor(shape, data.subarray(index * size, (index + 1) * size));
}

describe.each(casesOf<TablesCase>("scheduler_tables"))("$id", ({ config, files, tolerance }) => {
  const betas = makeBetas(parseSchedulerConfig(config, "golden"));
  test("betas", () => {
    expectClose(tensor([betas.length], betas), goldenTensor(files.betas), tolerance);
  });
  test("alphas_cumprod", () => {
    expectClose(tensor([betas.length], alphasCumprod(betas)), goldenTensor(files.alphas_cumprod), tolerance);
  });
});

describe.each(casesOf<TimestepsCase>("scheduler_timesteps"))("$id", ({ config, files }) => {
  const table = JSON.parse(readFileSync(diffusersFixture(files.table), "utf8")) as TimestepsEntry[];
  test.each(table)("$timestep_spacing, offset $steps_offset, $steps steps", ({ steps, timesteps, ...settings }) => {
    const scheduler = new DdpmScheduler(parseSchedulerConfig({ ...config, ...settings }, "golden"));
    expect([...scheduler.timesteps(steps)]).toEqual(timesteps);
  });
});

describe.each(casesOf<StepsCase>("scheduler_steps"))("$id", ({ steps, configs, tolerances, files, outputs }) => {
  const samples = goldenTensor(files.samples);
  const modelOutputs = goldenTensor(files.model_outputs);
  const noises = goldenTensor(files.noises);
  const previous = goldenTensor(outputs.prev_sample.file);
  const original = goldenTensor(outputs.pred_original_sample.file);

  test.each(configs.map((config, index) => ({ config, index })))("configuration $index", ({ config, index }) => {
    const scheduler = new DdpmScheduler(parseSchedulerConfig(config, "golden"));
    const timesteps = scheduler.timesteps(steps);
    const tolerance = tolerances[index] ?? { prev_sample: 0, pred_original_sample: 0 };
    expect(timesteps).toHaveLength(steps);
    timesteps.forEach((timestep, i) => {
      const input = {
        modelOutput: entry(modelOutputs, i),
        timestep,
        previousTimestep: timesteps[i + 1],
        sample: entry(samples, i),
        noise: scheduler.needsNoise(timestep) ? entry(noises, i) : undefined,
      };
      expectClose(scheduler.step(input), entry(entry(previous, index), i), tolerance.prev_sample, `step ${i}`);
      expectClose(
        scheduler.predictOriginal(input),
        entry(entry(original, index), i),
        tolerance.pred_original_sample,
        `original of step ${i}`,
      );
    });
  });
});
