/** A noise schedule looked up by time: the factors of signal and noise, each rounded to float32 as PyTorch's tables are. */
import { UsageError } from "../errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { combine } from "./elementwise.js";

const { fround } = Math;

export class NoiseLevels {
  constructor(private readonly alphaBars: Float32Array) {}

  /** Throws `UsageError` for a time outside the schedule. */
  at(timestep: number): NoiseLevel {
    const alphaBar = this.alphaBars[timestep];
    if (alphaBar === undefined) {
      throw new UsageError(
        `Timestep ${timestep} is outside the noise schedule, expected 0 to ${this.alphaBars.length - 1}.`,
      );
    }
    return new NoiseLevel(alphaBar);
  }
}

export class NoiseLevel {
  /** Factor of the clean sample. */
  readonly signal: number;
  /** Factor of the noise. */
  readonly deviation: number;

  constructor(readonly alphaBar: number) {
    this.signal = fround(Math.sqrt(alphaBar));
    this.deviation = fround(Math.sqrt(fround(1 - alphaBar)));
  }

  /** The clean sample that is left when the predicted noise is taken away. */
  removeNoise(sample: Tensor, predictedNoise: Tensor): Tensor {
    return combine(
      sample,
      predictedNoise,
      (noisy, noise) => fround(noisy - fround(this.deviation * noise)) / this.signal,
    );
  }

  addNoise(sample: Tensor, noise: Tensor): Tensor {
    return combine(sample, noise, (clean, random) => fround(this.signal * clean) + fround(this.deviation * random));
  }
}
