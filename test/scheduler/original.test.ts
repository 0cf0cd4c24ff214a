/** The original repository's samplers against its goldens: every prediction, every latent, and the times that are visited. */
import { describe, expect, test } from "vitest";
import { FlashScheduler } from "../../src/scheduler/flash.js";
import { OriginalScheduler } from "../../src/scheduler/original.js";
import type { Scheduler } from "../../src/scheduler/scheduler.js";
import { concatRows, row, tensor, type Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";
import { type GoldenCase, original } from "../support/goldens.js";

interface Golden {
  readonly file: string;
  readonly tolerance: number;
  readonly relative_tolerance?: number;
}

interface SamplerCase extends GoldenCase {
  readonly times: readonly number[];
  readonly guidance_scale: number;
  readonly eta: number;
  readonly percentile: number | null;
  readonly flash: boolean;
  readonly files: Readonly<Record<"model_output" | "noise", string>> &
    Readonly<Record<"final", Golden>> &
    Readonly<Partial<Record<"predicted_x0" | "thresholded_x0" | "x", Golden>>>;
}

/** `[B, ...]` of `[S, B, ...]`. */
function at(stack: Tensor, index: number): Tensor {
  const { shape, data } = row(stack, index);
  return tensor(shape.slice(1), data);
}

describe.each(original.cases<SamplerCase>("sampler"))("$id", (golden) => {
  const { times, eta, percentile, flash, guidance_scale: scale, files } = golden;
  const scheduler: Scheduler = flash
    ? new FlashScheduler()
    : new OriginalScheduler({ eta, percentile: percentile ?? undefined });

  test("the times are the reference's", () => {
    expect([...scheduler.timesteps(times.length)]).toEqual(times);
  });

  test("every step equals the reference", () => {
    const outputs = original.tensor(files.model_output);
    const noises = original.tensor(files.noise);
    const follow = (name: "predicted_x0" | "thresholded_x0" | "x", step: number, value: Tensor): void => {
      const expected = files[name];
      if (expected !== undefined) {
        const stack = at(original.tensor(expected.file), step);
        const largest = Math.max(...stack.data.map(Math.abs));
        const tolerance = Math.max(expected.tolerance, (expected.relative_tolerance ?? 0) * largest);
        expectClose(value, stack, tolerance, `${name} of step ${step}`);
      }
    };
    let drawn = 0;
    const draw = (): Tensor => at(noises, drawn++);
    let sample = scheduler.initialSample(draw);
    for (const [step, timestep] of times.entries()) {
      const modelOutput = flash ? at(outputs, step) : guided(at(outputs, step), scale);
      const previousTimestep = times[step + 1];
      follow(
        flash ? "predicted_x0" : "thresholded_x0",
        step,
        scheduler.predictOriginal({ modelOutput, timestep, sample }),
      );
      const noise = scheduler.needsNoise(timestep) ? draw() : undefined;
      sample = scheduler.step({ modelOutput, timestep, previousTimestep, sample, noise });
      follow("x", step, sample);
    }
    expectClose(sample, original.tensor(files.final.file), files.final.tolerance, "final");
    expect(drawn).toBe(noises.shape[0]);
  });
});

/** The goldens keep both halves of a batch, the conditional one first. */
function guided(both: Tensor, scale: number): Tensor {
  const { fround } = Math;
  const half = (both.shape[0] ?? 0) / 2;
  const rows = (from: number): Tensor =>
    concatRows(Array.from({ length: half }, (_, index) => row(both, from + index)));
  const [text, other] = [rows(0), rows(half)];
  return tensor(
    text.shape,
    text.data.map((value, index) => fround((scale + 1) * value) - fround(scale * (other.data[index] ?? NaN))),
  );
}

interface StepsCase extends GoldenCase {
  readonly steps: number;
  readonly pairs: readonly (readonly [number, number])[];
}

const scheduler = new OriginalScheduler({ eta: 1, percentile: 0.99 });

test.each(original.cases<StepsCase>("schedule_steps"))("$id: the list of times", ({ steps, pairs }) => {
  expect([...scheduler.timesteps(steps)]).toEqual(pairs.map(([time]) => time));
});

test("some numbers of steps lose their last one, as in the reference", () => {
  expect(scheduler.timesteps(600)).toHaveLength(500);
  expect(scheduler.timesteps(1000)).toHaveLength(999);
  expect([...scheduler.timesteps(7)]).toEqual([999, 856, 713, 570, 427, 284, 141]);
});

test.each([0, 1001, 2.5, NaN])("%f steps are refused", (steps) => {
  expect(() => scheduler.timesteps(steps)).toThrow(`The number of steps is ${steps}`);
});

test("one step at eta 1, where the reference has NaN, gives numbers", () => {
  const noise = tensor([1, 1, 2, 2], Float32Array.of(1, -1, 0.5, 2));
  const step = scheduler.step({ modelOutput: noise, timestep: 999, previousTimestep: undefined, sample: noise, noise });
  expect(step.data.every(Number.isFinite)).toBe(true);
});

test("the schedule is the reference's", () => {
  const golden = original.tensor("goldens/schedule/sqrt_alphas_cumprod.npy").data;
  const one = tensor([1], Float32Array.of(1));
  const none = tensor([1], Float32Array.of(0));
  for (const [time, expected] of golden.entries()) {
    const signal = scheduler.addNoise(one, none, time).data[0] ?? NaN;
    // PyTorch's vectorised root is not always rounded to the nearest number.
    expect(Math.abs(signal / expected - 1), `time ${time}`).toBeLessThanOrEqual(1e-6);
  }
});
