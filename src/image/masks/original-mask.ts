/**
 * What the original repository does to masks. Reference: ai-forever/Kandinsky-3, kandinsky3/utils.py
 * (`resize_mask_for_diffusion` with scikit-image's `resize`, `prepare_mask` with SciPy's `ndimage.convolve`).
 */
import { type RepaintMask, repaintMaskOf } from "./mask.js";

/**
 * A mask at another size as numbers 0 to 1, `height * width` of them: bilinear without antialiasing, in double precision, pixel
 * centres at halves, borders repeated.
 */
export function resizeMaskLinearly(mask: RepaintMask, width: number, height: number): Float64Array {
  const columns = taps(mask.width, width);
  const rows = taps(mask.height, height);
  const resized = new Float64Array(width * height);
  const at = (y: number, x: number): number => (mask.data[y * mask.width + x] ?? 0) / 255;
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const above = at(row.low, column.low) * (1 - column.weight) + at(row.low, column.high) * column.weight;
      const below = at(row.high, column.low) * (1 - column.weight) + at(row.high, column.high) * column.weight;
      resized[y * width + x] = above * (1 - row.weight) + below * row.weight;
    });
  });
  return resized;
}

/** The two source samples of each target sample, and the share of the second. */
function taps(sourceSize: number, targetSize: number): { low: number; high: number; weight: number }[] {
  return Array.from({ length: targetSize }, (_, target) => {
    const center = ((target + 0.5) * sourceSize) / targetSize - 0.5;
    const below = Math.floor(center);
    const inside = (index: number): number => Math.min(Math.max(index, 0), sourceSize - 1);
    return { low: inside(below), high: inside(below + 1), weight: center - below };
  });
}

const KERNEL = [
  [1, 1, 1, 1, 1],
  [1, 5, 5, 5, 1],
  [1, 5, 44, 5, 1],
  [1, 5, 5, 5, 1],
  [1, 1, 1, 1, 1],
].map((row) => row.map((weight) => weight / 100));
const REACH = 2;
const PASSES = 3;

/**
 * The notebooks' preparation of a mask: it grows by a few pixels and becomes hard, 0 or 255. Three convolutions whose results
 * are cut to whole bytes, so that faint edges fall away.
 */
export function prepareMask(mask: RepaintMask): RepaintMask {
  let grown = mask;
  for (let pass = 0; pass < PASSES; pass++) {
    grown = convolve(grown);
  }
  return repaintMaskOf(
    mask.width,
    mask.height,
    grown.data.map((value) => (value > 0 ? 255 : 0)),
  );
}

function convolve({ width, height, data }: RepaintMask): RepaintMask {
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      KERNEL.forEach((weights, dy) => {
        weights.forEach((weight, dx) => {
          const row = mirrored(y + dy - REACH, height);
          const column = mirrored(x + dx - REACH, width);
          sum += (data[row * width + column] ?? 0) * weight;
        });
      });
      result[y * width + x] = Math.trunc(sum);
    }
  }
  return repaintMaskOf(width, height, result);
}

/** SciPy's `reflect`: the border sample is repeated. */
function mirrored(index: number, size: number): number {
  const period = 2 * size;
  const wrapped = ((index % period) + period) % period;
  return wrapped < size ? wrapped : period - 1 - wrapped;
}
