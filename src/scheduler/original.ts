/**
 * The sampler of the original repository: ancestral steps between any two times, on a cosine schedule, with dynamic
 * thresholding. Reference: ai-forever/Kandinsky-3, kandinsky3/model/diffusion.py (`BaseDiffusion.p_sample_loop`).
 *
 * One thing is done otherwise: the coefficients of a step are computed in double precision from the float32 schedule. In float32
 * the first step of a run with few steps takes the root of what rounding leaves of a difference (2e-8), which is noise, NaN for
 * 1 and 5 steps, and on PyTorch another one on each kind of machine.
 */
import { InternalError, UsageError } from "../errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { alphasCumprod, makeBetas } from "./betas.js";
import { parseSchedulerConfig } from "./config.js";
import { clamp, combine, map } from "./elementwise.js";
import { NoiseLevels } from "./noise-levels.js";
import type { Prediction, Scheduler, StepInput } from "./scheduler.js";
import { dynamicThreshold } from "./threshold.js";

const { fround } = Math;

const TRAINED_STEPS = 1000;
/** The time that the last step leads to; alpha-bar is a little under 1 there. */
const LAST_TARGET = 0;

/** The cosine schedule of the release, which is `squaredcos_cap_v2` in diffusers. */
export function originalNoiseLevels(): NoiseLevels {
  const config = parseSchedulerConfig({ beta_schedule: "squaredcos_cap_v2", num_train_timesteps: TRAINED_STEPS }, "");
  return new NoiseLevels(alphasCumprod(makeBetas(config)));
}

export interface OriginalSchedulerOptions {
  /** How much noise a step adds, 0 to 1. Stands inside a root: it scales a variance, where DDIM's eta scales a deviation. */
  readonly eta: number;
  /** Quantile of dynamic thresholding; `undefined` clips at -1 and 1 instead. */
  readonly percentile: number | undefined;
}

export class OriginalScheduler implements Scheduler {
  readonly #levels = originalNoiseLevels();

  constructor(private readonly options: OriginalSchedulerOptions) {}

  /** From 999 downwards in equal strides; for some numbers of steps the last one falls away, as in the reference. */
  timesteps(numInferenceSteps: number): Int32Array {
    if (!Number.isInteger(numInferenceSteps) || numInferenceSteps < 1 || numInferenceSteps > TRAINED_STEPS) {
      throw new UsageError(
        `The number of steps is ${numInferenceSteps}, expected a whole number from 1 to ${TRAINED_STEPS}.`,
      );
    }
    const stride = Math.ceil(TRAINED_STEPS / numInferenceSteps);
    const first = TRAINED_STEPS - 1;
    return Int32Array.from({ length: Math.ceil(first / stride) }, (_, index) => first - index * stride);
  }

  /** The last step draws noise as well, and does not use it. */
  needsNoise(): boolean {
    return true;
  }

  initialSample(draw: () => Tensor): Tensor {
    return draw();
  }

  step(input: StepInput): Tensor {
    const { timestep, previousTimestep = LAST_TARGET, sample, noise } = input;
    const level = this.#levels.at(timestep);
    const target = this.#levels.at(previousTimestep);
    const original = this.predictOriginal(input);
    const deviation = this.#deviation(level.alphaBar, target.alphaBar);
    const noiseFactor = Math.sqrt(Math.max(1 - target.alphaBar - deviation * deviation, 0));
    const mean = combine(original, sample, (clean, noisy) => {
      const predictedNoise = fround(fround(noisy - fround(level.signal * clean)) / level.deviation);
      return target.signal * clean + noiseFactor * predictedNoise;
    });
    if (previousTimestep === LAST_TARGET) {
      return mean;
    }
    if (noise === undefined) {
      throw new InternalError(`there is no noise for the step from timestep ${timestep}`);
    }
    return combine(mean, noise, (center, offset) => center + deviation * offset);
  }

  predictOriginal({ modelOutput, timestep, sample }: Prediction): Tensor {
    const original = this.#levels.at(timestep).removeNoise(sample, modelOutput);
    const { percentile } = this.options;
    return percentile === undefined
      ? map(original, (value) => clamp(value, -1, 1))
      : dynamicThreshold(original, percentile, Infinity);
  }

  addNoise(sample: Tensor, noise: Tensor, timestep: number): Tensor {
    return this.#levels.at(timestep).addNoise(sample, noise);
  }

  #deviation(alphaBar: number, targetAlphaBar: number): number {
    return Math.sqrt((this.options.eta * (1 - alphaBar / targetAlphaBar) * (1 - targetAlphaBar)) / (1 - alphaBar));
  }
}
