/**
 * What the networks work on when a part of an image is repainted, and the way back to the picture: two kinds of canvas
 * (`fitCanvas` for users, `originalCanvas` as in the original repository) look alike to the pipeline.
 */
import type { RepaintMask } from "../../../image/masks/mask.js";
import { networkInput, type Pixels } from "../../../image/pixels.js";
import { tensor, type Tensor } from "../../../tensor/tensor.js";

export interface Canvas {
  /** Of the pictures that come out. */
  readonly width: number;
  readonly height: number;
  /** The picture as the networks see it, `[1, 3, H, W]` in -1..1. */
  readonly picture: Tensor;
  /** The same with everything that is repainted blanked to 0. */
  readonly masked: Tensor;
  readonly repaint: LatentMask;
  readonly notices: readonly string[];
  /** Decoded pictures `[N, H, W, 3]` in 0..1 to those that come out. */
  finish(decoded: Tensor): Tensor;
}

/** The mask at the size of the latents: 1 is repainted, 0 is kept. In double precision, so that a soft mask loses nothing on its way. */
export interface LatentMask {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** A picture with its mask, of one size. */
export interface MaskedImage {
  readonly picture: Pixels;
  readonly mask: RepaintMask;
}

/** The picture as network input, whole and with everything blanked for which `blank(pixel)` holds. */
export function canvasInputs(pixels: Pixels, blank: (pixel: number) => boolean): Pick<Canvas, "picture" | "masked"> {
  const picture = networkInput(pixels);
  const plane = pixels.width * pixels.height;
  const masked = tensor(
    picture.shape,
    picture.data.map((value, index) => (blank(index % plane) ? 0 : value)),
  );
  return { picture, masked };
}
