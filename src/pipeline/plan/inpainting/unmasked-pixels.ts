/**
 * How the denoising loop is told of the parts that are kept: an inpainting U-Net gets them as further channels of every
 * sample; any other has them put back, noised, after every step.
 * References: ai-forever/Kandinsky-3, kandinsky3/model/diffusion.py (`text_guidance`); Lugmayr et al., "RePaint", section 3.
 */
import type { Scheduler } from "../../../scheduler/scheduler.js";
import { axisSize, shapeSize } from "../../../tensor/shape.js";
import type { LatentMask } from "./canvas.js";
import { concatRows, row, tensor, type Tensor } from "../../../tensor/tensor.js";

export interface UnmaskedPixels {
  /** What the U-Net sees of one sample `[1, 4, h, w]`. */
  modelInput(sample: Tensor): Tensor;
  /** The latents `[N, 4, h, w]` after a step that leads to `timestep`; `undefined` after the last. */
  afterStep(latents: Tensor, timestep: number | undefined): Tensor;
}

/** The mask `[1, 1, h, w]` as inpainting U-Nets were trained to read it, the other way round: 1 is kept. The one place that turns it. */
function keptShare({ width, height, data }: LatentMask): Tensor {
  return tensor(
    [1, 1, height, width],
    Float32Array.from(data, (value) => 1 - value),
  );
}

/** Mask and masked picture, `[1, 4, h, w]`, as further channels. */
export function asChannels(repaint: LatentMask, maskedLatents: Tensor): UnmaskedPixels {
  const more = joinChannels([keptShare(repaint), maskedLatents]);
  return {
    modelInput: (sample) => joinChannels([sample, more]),
    afterStep: (latents) => latents,
  };
}

/** The picture's latents `[1, 4, h, w]` mixed in where nothing is repainted, with `noise` `[N, 4, h, w]` that stays the same. */
export function asBlend(repaint: LatentMask, known: Tensor, noise: Tensor, scheduler: Scheduler): UnmaskedPixels {
  const keep = keptShare(repaint);
  return {
    modelInput: (sample) => sample,
    afterStep: (latents, timestep) =>
      concatRows(
        Array.from({ length: axisSize(latents.shape, 0) }, (_, index) => {
          const original = timestep === undefined ? known : scheduler.addNoise(known, row(noise, index), timestep);
          return blend(keep, original, row(latents, index));
        }),
      ),
  };
}

/** `keep * known + (1 - keep) * painted`, one mask for all channels. */
function blend(keep: Tensor, known: Tensor, painted: Tensor): Tensor {
  const plane = keep.data.length;
  return tensor(
    painted.shape,
    painted.data.map((value, index) => {
      const share = keep.data[index % plane] ?? 0;
      return share * (known.data[index] ?? NaN) + (1 - share) * value;
    }),
  );
}

/** Tensors `[1, C, h, w]` of one size, one after the other along the channels. */
function joinChannels(parts: readonly Tensor[]): Tensor {
  const [, , height = 0, width = 0] = parts[0]?.shape ?? [];
  const channels = parts.reduce((sum, { shape }) => sum + shapeSize(shape.slice(1, 2)), 0);
  const joined = tensor([1, channels, height, width]);
  let offset = 0;
  for (const { data } of parts) {
    joined.data.set(data, offset);
    offset += data.length;
  }
  return joined;
}
