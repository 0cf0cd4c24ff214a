/**
 * What the first step of a batch begins with: given latents, noise, or a noised picture. Draws are in the order of the
 * references, so that a seed gives its picture.
 */
import type { Scheduler } from "../../scheduler/scheduler.js";
import { drawNoise, type TorchGenerator } from "../../tensor/random.js";
import { concatRows, row, type Tensor } from "../../tensor/tensor.js";
import { asBlend, asChannels, type UnmaskedPixels } from "./inpainting/unmasked-pixels.js";
import type { LatentMask } from "./inpainting/canvas.js";
import type { ResolvedRequest } from "./resolve-request.js";
import { InternalError } from "../../errors.js";
import { axisSize } from "../../tensor/shape.js";

/** The pictures of a plan as latents. */
export interface EncodedImages {
  /** One for all, or one for each prompt, `[pictures, 4, h, w]`; `undefined` where only noise is started from. */
  readonly picture: Tensor | undefined;
  /** With everything to repaint blanked, `[1, 4, h, w]`. */
  readonly masked: Tensor | undefined;
}

/** Consecutive pictures that are made together. */
export interface Batch {
  readonly start: number;
  readonly count: number;
}

export interface StartingPoint {
  /** `[count, 4, h, w]`. */
  readonly latents: Tensor;
  readonly known: UnmaskedPixels | undefined;
}

/** All pictures at once, or as many at a time as `batchSize` says. */
export function batchesOf({ settings, latentShape: [images = 0] }: ResolvedRequest): readonly Batch[] {
  const size = settings.batchSize ?? images;
  return Array.from({ length: Math.ceil(images / size) }, (_, index) => {
    const start = index * size;
    return { start, count: Math.min(size, images - start) };
  });
}

/** The images that the encoder is asked for, one under the other, `[pictures, 3, H, W]`; `undefined` for none. */
export function imagesToEncode({ source, canvas, settings }: ResolvedRequest): Tensor | undefined {
  if (canvas === undefined) {
    return source?.images;
  }
  const { picture, masked } = neededOf(canvas, settings);
  return concatRows([...(picture === undefined ? [] : [picture]), ...(masked === undefined ? [] : [masked])]);
}

/** Takes apart what `imagesToEncode` was encoded to. */
export function separateImages({ canvas, settings }: ResolvedRequest, encoded: Tensor | undefined): EncodedImages {
  if (canvas === undefined || encoded === undefined) {
    return { picture: encoded, masked: undefined };
  }
  const { picture, masked } = neededOf(canvas, settings);
  return {
    picture: picture === undefined ? undefined : row(encoded, 0),
    masked: masked === undefined ? undefined : row(encoded, axisSize(encoded.shape, 0) - 1),
  };
}

export function startBatch(
  plan: ResolvedRequest,
  encoded: EncodedImages,
  { start, count }: Batch,
  generators: readonly TorchGenerator[],
): StartingPoint {
  const { scheduler, latents: given, latentShape, timesteps, settings, canvas } = plan;
  const shape = [count, ...latentShape.slice(1)];
  const draw = (): Tensor => drawNoise(generators, shape);
  if (canvas !== undefined) {
    const noise = scheduler.initialSample(draw);
    const { picture } = encoded;
    const latents =
      settings.strength === undefined || picture === undefined
        ? noise
        : scheduler.addNoise(
            repeatRows(picture, count, () => 0),
            noise,
            timesteps[0] ?? 0,
          );
    return { latents, known: unmaskedPixels(canvas.repaint, encoded, noise, scheduler) };
  }
  if (encoded.picture === undefined) {
    const rows = given === undefined ? undefined : repeatRows(given, count, (index) => start + index);
    return { latents: rows ?? scheduler.initialSample(draw), known: undefined };
  }
  return { latents: noisyPictures(plan, encoded.picture, count, generators), known: undefined };
}

/** Image-to-image as in diffusers: one picture for several prompts draws one noise, which all share. */
function noisyPictures(
  { scheduler, settings, timesteps }: ResolvedRequest,
  picture: Tensor,
  count: number,
  generators: readonly TorchGenerator[],
): Tensor {
  const { numImagesPerPrompt } = settings;
  const pictures = axisSize(picture.shape, 0);
  const rows = Math.min(pictures * numImagesPerPrompt, count);
  const shared = repeatRows(picture, rows, (index) => Math.floor(index / numImagesPerPrompt));
  const noisy = scheduler.addNoise(shared, drawNoise(generators, shared.shape), timesteps[0] ?? 0);
  return repeatRows(noisy, count, (index) => index % rows);
}

function unmaskedPixels(
  repaint: LatentMask,
  { picture, masked }: EncodedImages,
  noise: Tensor,
  scheduler: Scheduler,
): UnmaskedPixels {
  if (masked !== undefined) {
    return asChannels(repaint, masked);
  }
  if (picture === undefined) {
    throw new InternalError("nothing is known of the picture");
  }
  return asBlend(repaint, picture, noise, scheduler);
}

/** A canvas is encoded blanked for an inpainting U-Net, whole for blending and wherever not all is repainted. */
function neededOf(
  { picture, masked }: NonNullable<ResolvedRequest["canvas"]>,
  { inpainting, strength }: ResolvedRequest["settings"],
): Partial<Record<"picture" | "masked", Tensor>> {
  const blending = inpainting?.method === "blending";
  return { ...(blending || strength !== undefined ? { picture } : {}), ...(blending ? {} : { masked }) };
}

/** `count` rows, each the row of `source` that `from` names. */
function repeatRows(source: Tensor, count: number, from: (index: number) => number): Tensor {
  return concatRows(Array.from({ length: count }, (_, index) => row(source, from(index))));
}
