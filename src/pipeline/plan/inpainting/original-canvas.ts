/**
 * The canvas of the original repository, whose output is not put back into the picture: at most one megapixel, sides down to
 * multiples of 64 without keeping the aspect, soft masks as they are.
 * Reference: ai-forever/Kandinsky-3, kandinsky3/inpainting_pipeline.py (`prepare_batch`, `shared_step`) and utils.py.
 */
import { UsageError } from "../../../errors.js";
import { resizeMaskLinearly } from "../../../image/masks/original-mask.js";
import { resizePixels } from "../../../image/resize.js";
import { tensor } from "../../../tensor/tensor.js";
import { type Canvas, type MaskedImage, canvasInputs } from "./canvas.js";

const MOST_PIXELS = 1024 ** 2;
const MULTIPLE = 64;

/** `scale`: pixels of one latent a side. Throws `UsageError` for a picture with a side under 64. */
export function originalCanvas({ picture, mask }: MaskedImage, scale: number): Canvas {
  const shrink = Math.max(1, Math.sqrt((picture.width * picture.height) / MOST_PIXELS));
  const [width = 0, height = 0] = [picture.width, picture.height].map(
    (side) => Math.floor(roundHalfToEven(side / shrink) / MULTIPLE) * MULTIPLE,
  );
  if (width === 0 || height === 0) {
    throw UsageError.of(
      "image",
      `got ${picture.width} x ${picture.height} pixels, expected at least ${MULTIPLE} a side for raw output`,
    );
  }
  const keep = Float32Array.from(resizeMaskLinearly(mask, width, height), (value) => 1 - value);
  const [rows, columns] = [height / scale, width / scale];
  const latentKeep = tensor([1, 1, rows, columns]);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      latentKeep.data[y * columns + x] = keep[y * scale * width + x * scale] ?? 0;
    }
  }
  return {
    width,
    height,
    // Even a soft edge is blanked altogether.
    ...canvasInputs(resizePixels(picture, width, height), (pixel) => keep[pixel] !== 1),
    keep: latentKeep,
    notices: [],
    finish: (decoded) => decoded,
  };
}

/** Python's `round`. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}
