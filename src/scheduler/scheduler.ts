/** What a pipeline asks of a sampler. A sampler holds its tables and no state: the pipeline walks the timesteps. */
import type { Tensor } from "../tensor/tensor.js";

/** What a network says about a noisy sample. */
export interface Prediction {
  /** Output of the network, after guidance. */
  readonly modelOutput: Tensor; // [B, C, h, w]; twice the channels where a variance is learned
  readonly timestep: number;
  /** What the network saw. */
  readonly sample: Tensor; // [B, C, h, w]
}

export interface StepInput extends Prediction {
  /** The timestep that follows in the list; `undefined` after the last. */
  readonly previousTimestep: number | undefined;
  /** Normal noise of the sample's shape; `undefined` where `needsNoise` is false. */
  readonly noise: Tensor | undefined;
}

export interface Scheduler {
  /** The timesteps of an inference, from much noise to little. Throws `UsageError` for an impossible number of steps. */
  timesteps(numInferenceSteps: number): Int32Array;
  /** What the first timestep sees when nothing else is given; `draw` gives normal noise of the sample's shape. */
  initialSample(draw: () => Tensor): Tensor;
  /** Whether the step from this timestep draws noise. */
  needsNoise(timestep: number): boolean;
  /** The sample one step earlier. */
  step(input: StepInput): Tensor;
  /** The noise-free sample that a prediction amounts to, for previews. */
  predictOriginal(prediction: Prediction): Tensor;
  /** A clean sample as it looks at a timestep. */
  addNoise(sample: Tensor, noise: Tensor, timestep: number): Tensor;
}
