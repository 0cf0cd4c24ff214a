/**
 * Which training timesteps an inference visits. Reference: `DDPMScheduler.set_timesteps` in diffusers'
 * schedulers/scheduling_ddpm.py, whose NumPy calls fix the roundings.
 */
import { UsageError } from "../errors.js";
import type { SchedulerConfig } from "./config.js";

/**
 * The timesteps of `steps` inference steps, from much noise to little. As in the reference, a `steps_offset` can push the first
 * beyond the noise schedule; the step from there is then refused.
 */
export function inferenceTimesteps(config: SchedulerConfig, steps: number): Int32Array {
  const { num_train_timesteps: trained } = config;
  if (!Number.isInteger(steps) || steps < 1 || steps > trained) {
    throw new UsageError(`The number of steps is ${steps}, expected a whole number from 1 to ${trained}.`);
  }
  return spacedTimesteps(config, steps);
}

function spacedTimesteps(config: SchedulerConfig, steps: number): Int32Array {
  const { num_train_timesteps: trained, steps_offset: offset, timestep_spacing: spacing } = config;
  switch (spacing) {
    case "leading": {
      const stride = Math.floor(trained / steps);
      return Int32Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride + offset);
    }
    case "linspace": {
      const last = trained - 1;
      const stride = steps === 1 ? 0 : last / (steps - 1);
      return Int32Array.from({ length: steps }, (_, i) => roundHalfToEven((steps - 1 - i) * stride));
    }
    case "trailing": {
      // As numpy.arange, whose increment is the rounded difference of its first two entries. For some numbers of steps (29 of 100)
      // it adds an entry near 0 by a rounding error, which would be timestep -1; that one is left out.
      const increment = trained - trained / steps - trained;
      return Int32Array.from({ length: steps }, (_, i) => roundHalfToEven(trained + i * increment) - 1);
    }
    default:
      return spacing satisfies never;
  }
}

/** `numpy.round`: halves go to the even neighbour. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}
