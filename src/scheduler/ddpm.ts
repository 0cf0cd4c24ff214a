/**
 * Ancestral sampling of denoising diffusion models. Reference: `DDPMScheduler` in diffusers' schedulers/scheduling_ddpm.py;
 * formula numbers are those of Ho et al., "Denoising Diffusion Probabilistic Models". The operations and their float32 roundings
 * are in the order of the reference.
 */
import { ConfigError, InternalError, UsageError } from "../errors.js";
import { shapeSize, formatShape, imageShape, sameShape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import { alphasCumprod, makeBetas } from "./betas.js";
import type { SchedulerConfig } from "./config.js";
import { clamp, combine, map } from "./elementwise.js";
import { NoiseLevel } from "./noise-levels.js";
import type { Prediction, Scheduler, StepInput } from "./scheduler.js";
import { dynamicThreshold } from "./threshold.js";
import { inferenceTimesteps } from "./timesteps.js";
import { fixedDeviation, isLearned, learnedDeviation, type StepPosition } from "./variance.js";

const { fround } = Math;

export class DdpmScheduler implements Scheduler {
  readonly #config: SchedulerConfig;
  readonly #alphaBars: Float32Array;

  constructor(config: SchedulerConfig) {
    this.#config = config;
    this.#alphaBars = alphasCumprod(makeBetas(config));
  }

  timesteps(numInferenceSteps: number): Int32Array {
    return inferenceTimesteps(this.#config, numInferenceSteps);
  }

  needsNoise(timestep: number): boolean {
    return timestep > 0;
  }

  initialSample(draw: () => Tensor): Tensor {
    return draw();
  }

  step(input: StepInput): Tensor {
    const { timestep, previousTimestep, sample, noise } = input;
    const position = this.#position(timestep, previousTimestep);
    const { alphaBar, alphaBarPrevious, alpha, beta } = position;
    const noiseShare = fround(1 - alphaBar);
    const noiseSharePrevious = fround(1 - alphaBarPrevious);

    // The mean of the earlier sample: formula 7.
    const originalFactor = fround(fround(fround(Math.sqrt(alphaBarPrevious)) * beta) / noiseShare);
    const sampleFactor = fround(fround(fround(Math.sqrt(alpha)) * noiseSharePrevious) / noiseShare);
    const mean = combine(
      this.predictOriginal(input),
      sample,
      (original, noisy) => fround(originalFactor * original) + fround(sampleFactor * noisy),
    );
    if (!this.needsNoise(timestep)) {
      return mean;
    }
    if (noise === undefined) {
      throw new InternalError(`there is no noise for the step from timestep ${timestep}`);
    }
    return combine(mean, this.#scaledNoise(input, noise, position), (center, offset) => center + offset);
  }

  predictOriginal({ modelOutput, timestep, sample }: Prediction): Tensor {
    const { prediction_type: type, thresholding, clip_sample: clipping } = this.#config;
    const { mean } = this.#split(modelOutput, sample);
    const level = new NoiseLevel(this.#alphaBar(timestep));
    const { signal, deviation } = level;
    const original = {
      epsilon: () => level.removeNoise(sample, mean), // formula 15
      sample: () => mean,
      v_prediction: () => combine(sample, mean, (noisy, output) => fround(signal * noisy) - fround(deviation * output)),
    }[type]();
    if (thresholding) {
      return dynamicThreshold(original, this.#config.dynamic_thresholding_ratio, this.#config.sample_max_value);
    }
    const range = fround(this.#config.clip_sample_range);
    return clipping ? map(original, (value) => clamp(value, -range, range)) : original;
  }

  addNoise(sample: Tensor, noise: Tensor, timestep: number): Tensor {
    return new NoiseLevel(this.#alphaBar(timestep)).addNoise(sample, noise);
  }

  #scaledNoise({ modelOutput, sample }: StepInput, noise: Tensor, position: StepPosition): Tensor {
    const type = this.#config.variance_type;
    if (!isLearned(type)) {
      const deviation = fixedDeviation(type, position);
      return map(noise, (random) => deviation * random);
    }
    const { variance } = this.#split(modelOutput, sample);
    return combine(learnedDeviation(type, variance, position), noise, (deviation, random) => deviation * random);
  }

  /** The two halves of an output with learned variance. Without, the output is all mean. */
  #split(output: Tensor, sample: Tensor): { mean: Tensor; variance: Tensor } {
    const { batch, channels, height, width } = imageShape(sample, "the sample");
    const type = this.#config.variance_type;
    const expected = [batch, isLearned(type) ? 2 * channels : channels, height, width];
    if (!sameShape(output.shape, expected)) {
      throw new ConfigError(
        `The network's output has shape ${formatShape(output.shape)}, expected ${formatShape(expected)} for variance_type ${type} of the scheduler and samples of shape ${formatShape(sample.shape)}.`,
      );
    }
    return isLearned(type)
      ? { mean: channelHalf(output, 0), variance: channelHalf(output, 1) }
      : { mean: output, variance: output };
  }

  #position(timestep: number, previousTimestep: number | undefined): StepPosition {
    const alphaBar = this.#alphaBar(timestep);
    const alphaBarPrevious = previousTimestep === undefined ? 1 : this.#alphaBar(previousTimestep);
    const alpha = fround(alphaBar / alphaBarPrevious);
    return { alphaBar, alphaBarPrevious, alpha, beta: fround(1 - alpha) };
  }

  #alphaBar(timestep: number): number {
    const alphaBar = this.#alphaBars[timestep];
    if (alphaBar === undefined) {
      const { timestep_spacing: spacing, steps_offset: offset } = this.#config;
      throw new UsageError(
        `Timestep ${timestep} (timestep_spacing ${spacing}, steps_offset ${offset}) is outside the noise schedule, expected 0 to ${this.#alphaBars.length - 1}: take fewer steps.`,
      );
    }
    return alphaBar;
  }
}

/** The first or second half of the channels. */
function channelHalf(source: Tensor, half: 0 | 1): Tensor {
  const { batch, channels, height, width } = imageShape(source, "the network's output");
  const part = tensor([batch, channels / 2, height, width]);
  const size = shapeSize([channels / 2, height, width]);
  for (let i = 0; i < batch; i++) {
    const start = (2 * i + half) * size;
    part.data.set(source.data.subarray(start, start + size), i * size);
  }
  return part;
}
