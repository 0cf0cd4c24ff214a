/** The loop from noise to latents. Reference: diffusers, Kandinsky3Pipeline.__call__. */
import type { Scheduler } from "../../scheduler/scheduler.js";
import { drawNoise, type TorchGenerator } from "../../tensor/random.js";
import { concatRows, row, tensor, type Tensor } from "../../tensor/tensor.js";
import type { Conditioning } from "../../engine/components/conditioning.js";
import type { Denoiser } from "../../engine/components/denoiser.js";
import { InternalError, UsageError } from "../../errors.js";
import { requireFinite } from "../../tensor/finite.js";
import { formatShape, sameShape } from "../../tensor/shape.js";
import { throwIfAborted } from "../../engine/execution/abort.js";
import type { UnmaskedPixels } from "../plan/inpainting/unmasked-pixels.js";
import type { CallbackOnStepEnd, StepEnd } from "../request/inputs.js";

export interface DenoiseInputs {
  readonly latents: Tensor;
  readonly timesteps: Int32Array;
  /** One for each latent. */
  readonly conditional: readonly Conditioning[];
  /** The same for the other branch; `undefined` without guidance. */
  readonly unconditional: readonly Conditioning[] | undefined;
  readonly guidanceScale: number;
  /** Shares of the steps between which guidance is done; elsewhere only the conditional pass runs. */
  readonly guidanceInterval: readonly [number, number] | undefined;
  /** Of the parts of a picture that are kept. */
  readonly known: UnmaskedPixels | undefined;
  readonly generators: readonly TorchGenerator[];
  readonly callbackOnStepEnd: CallbackOnStepEnd | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface DenoisedStep extends StepEnd {
  readonly seconds: number;
  /** The latents without noise that the step's prediction amounts to. */
  readonly predicted: Tensor;
}

/** Yields the latents after every step. Throws `AbortedError` between steps once the signal is aborted. */
export async function* denoise(
  denoiser: Denoiser,
  scheduler: Scheduler,
  inputs: DenoiseInputs,
): AsyncGenerator<DenoisedStep> {
  let { latents } = inputs;
  for (const [step, timestep] of inputs.timesteps.entries()) {
    throwIfAborted(inputs.signal);
    const start = performance.now();
    const at = `step ${step + 1} of ${inputs.timesteps.length}`;
    const modelOutput = requireFinite(await predictGuided(denoiser, latents, step, inputs), `unet, ${at}`);
    const noise = scheduler.needsNoise(timestep) ? drawNoise(inputs.generators, latents.shape) : undefined;
    const previousTimestep = inputs.timesteps[step + 1];
    const predicted = scheduler.predictOriginal({ modelOutput, timestep, sample: latents });
    latents = scheduler.step({ modelOutput, timestep, previousTimestep, sample: latents, noise });
    latents = inputs.known?.afterStep(latents, previousTimestep) ?? latents;
    const seconds = (performance.now() - start) / 1000;
    latents = await afterCallback({ step: step + 1, timestep, latents }, inputs.callbackOnStepEnd);
    requireFinite(latents, `the latents after ${at}`);
    yield { step: step + 1, timestep, seconds, latents, predicted };
  }
}

async function afterCallback(end: StepEnd, callback: CallbackOnStepEnd | undefined): Promise<Tensor> {
  const changed = (await callback?.(end)) ?? end.latents;
  if (!sameShape(changed.shape, end.latents.shape)) {
    const [found, expected] = [changed.shape, end.latents.shape].map(formatShape);
    throw new UsageError(`callbackOnStepEnd: returned latents ${found ?? ""}, expected ${expected ?? ""}`);
  }
  return changed;
}

/** One sample at a time and one branch after the other: the engine splits a batch over pictures, which wastes threads. */
async function predictGuided(
  denoiser: Denoiser,
  latents: Tensor,
  step: number,
  { conditional, unconditional, guidanceScale, guidanceInterval, known, timesteps }: DenoiseInputs,
): Promise<Tensor> {
  const others = isInside(guidanceInterval, step / timesteps.length) ? unconditional : undefined;
  const predictions: Tensor[] = [];
  for (const [index, conditioning] of conditional.entries()) {
    const latent = row(latents, index);
    const sample = known?.modelInput(latent) ?? latent;
    const other = others?.[index];
    const branches = [
      { sample, conditioning, slot: 2 * index },
      ...(other === undefined ? [] : [{ sample, conditioning: other, slot: 2 * index + 1 }]),
    ];
    const [text, away] = await denoiser.predict(branches, step);
    if (text === undefined) {
      throw new InternalError("no prediction");
    }
    predictions.push(away === undefined ? text : guide(text, away, guidanceScale));
  }
  return concatRows(predictions);
}

/** Kynkäänniemi et al., "Applying Guidance in a Limited Interval Improves Sample and Distribution Quality in Diffusion Models". */
function isInside(interval: readonly [number, number] | undefined, position: number): boolean {
  return interval === undefined || (position >= interval[0] && position < interval[1]);
}

/** Kandinsky 3's guidance, one more than the usual: `(g + 1) * text - g * other`. */
function guide(text: Tensor, other: Tensor, scale: number): Tensor {
  const [more, less] = [Math.fround(scale + 1), Math.fround(scale)];
  const guided = text.data.map(
    (value, index) => Math.fround(more * value) - Math.fround(less * (other.data[index] ?? NaN)),
  );
  return tensor(text.shape, guided);
}
