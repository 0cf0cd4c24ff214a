/**
 * The four steps of the distilled ("flash") U-Net: each of them adds fresh noise to the prediction. There is no
 * guidance and no thresholding. Reference: ai-forever/Kandinsky-3, kandinsky3/model/diffusion.py (`p_sample_loop` with `gan`).
 */
import { InternalError } from "../errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { originalNoiseLevels } from "./original.js";
import type { Prediction, Scheduler, StepInput } from "./scheduler.js";

/** Fixed in the reference's code, whatever number of steps is asked for. */
const TIMESTEPS = [979, 729, 479, 229] as const;
export const FLASH_STEPS = TIMESTEPS.length;

export class FlashScheduler implements Scheduler {
  readonly #levels = originalNoiseLevels();

  timesteps(): Int32Array {
    return Int32Array.from(TIMESTEPS);
  }

  needsNoise(timestep: number): boolean {
    return timestep !== TIMESTEPS.at(-1);
  }

  /** The first "clean" sample is a draw as well, so that two are mixed. */
  initialSample(draw: () => Tensor): Tensor {
    const clean = draw();
    return this.addNoise(clean, draw(), TIMESTEPS[0]);
  }

  step(input: StepInput): Tensor {
    const { previousTimestep, noise } = input;
    const original = this.predictOriginal(input);
    if (previousTimestep === undefined) {
      return original;
    }
    if (noise === undefined) {
      throw new InternalError(`there is no noise for the step from timestep ${input.timestep}`);
    }
    return this.addNoise(original, noise, previousTimestep);
  }

  predictOriginal({ modelOutput, timestep, sample }: Prediction): Tensor {
    return this.#levels.at(timestep).removeNoise(sample, modelOutput);
  }

  addNoise(sample: Tensor, noise: Tensor, timestep: number): Tensor {
    return this.#levels.at(timestep).addNoise(sample, noise);
  }
}
