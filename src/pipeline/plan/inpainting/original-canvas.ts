/**
 * The canvas of the original repository, whose output is not put back into the picture: at most one megapixel, sides down to
 * multiples of 64 without keeping the aspect, soft masks as they are.
 * Reference: ai-forever/Kandinsky-3, kandinsky3/inpainting_pipeline.py (`prepare_batch`, `shared_step`) and utils.py.
 */
import { UsageError } from "../../../errors.js";
import { resizeMaskLinearly } from "../../../image/masks/original-mask.js";
import { resizePixels } from "../../../image/resize.js";
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
  const repaint = resizeMaskLinearly(mask, width, height);
  const [rows, columns] = [height / scale, width / scale];
  const latents = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      latents[y * columns + x] = repaint[y * scale * width + x * scale] ?? 0;
    }
  }
  return {
    width,
    height,
    // Even a soft edge is blanked altogether, down to what float32, in which the reference has its mask, tells from nothing.
    ...canvasInputs(resizePixels(picture, width, height), (pixel) => Math.fround(1 - (repaint[pixel] ?? 0)) !== 1),
    repaint: { width: columns, height: rows, data: latents },
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
