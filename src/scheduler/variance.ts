/**
 * How much noise a DDPM step adds: the standard deviation of each variance type.
 * Reference: `_get_variance` and part 6 of `step` in diffusers' schedulers/scheduling_ddpm.py; formulas 6 and 7 of Ho et al.,
 * "Denoising Diffusion Probabilistic Models"; formula 15 of Nichol and Dhariwal for the learned range.
 */
import type { Tensor } from "../tensor/tensor.js";
import type { VarianceType } from "./config.js";
import { map } from "./elementwise.js";

const { fround } = Math;

/** The posterior variance is zero at the first timestep, and its logarithm is taken. */
const SMALLEST_VARIANCE = fround(1e-20);

/** Where a step stands in the noise schedule. All are float32 values. */
export interface StepPosition {
  readonly alphaBar: number;
  /** Alpha-bar of the timestep that the step leads to. */
  readonly alphaBarPrevious: number;
  /** `alphaBar / alphaBarPrevious`, and `beta` is one less that: the noise added between the two. */
  readonly alpha: number;
  readonly beta: number;
}

type LearnedType = Extract<VarianceType, "learned" | "learned_range">;

export function isLearned(type: VarianceType): type is LearnedType {
  return type === "learned" || type === "learned_range";
}

/** One deviation for all elements. */
export function fixedDeviation(type: Exclude<VarianceType, LearnedType>, position: StepPosition): number {
  switch (type) {
    case "fixed_small":
      return fround(Math.sqrt(posteriorVariance(position)));
    case "fixed_small_log":
      return deviationOfLog(fround(Math.log(posteriorVariance(position))));
    case "fixed_large":
      return fround(Math.sqrt(position.beta));
    default:
      return type satisfies never;
  }
}

/** A deviation for each element, from the second half of the network's output. */
export function learnedDeviation(type: LearnedType, predicted: Tensor, position: StepPosition): Tensor {
  if (type === "learned") {
    return map(predicted, Math.sqrt);
  }
  const smallest = fround(Math.log(posteriorVariance(position)));
  const largest = fround(Math.log(position.beta));
  return map(predicted, (value) => {
    const share = fround(fround(value + 1) / 2);
    return deviationOfLog(fround(fround(share * largest) + fround(fround(1 - share) * smallest)));
  });
}

function posteriorVariance({ alphaBar, alphaBarPrevious, beta }: StepPosition): number {
  const share = fround(fround(1 - alphaBarPrevious) / fround(1 - alphaBar));
  return Math.max(fround(share * beta), SMALLEST_VARIANCE);
}

function deviationOfLog(logVariance: number): number {
  return fround(Math.exp(fround(0.5 * logVariance)));
}
