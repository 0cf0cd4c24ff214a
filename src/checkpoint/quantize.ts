/**
 * Rounds rows of a weight to 8 or 4 bits: every row, or every block of a row, gets the scale that just holds its largest number.
 * Reference for the 4-bit form: ggml's Q4_0, whose scale has the sign that puts the largest number on -8.
 */
import type { QuantizationScheme } from "./quantization-scheme.js";

/** Where the rounded numbers of one weight are gathered, in the layout of the scheme. */
export interface QuantizedRows {
  readonly values: Uint8Array;
  readonly scale: Float32Array;
}

/** The whole of an empty weight of `rows` x `columns`. */
export function emptyRows(
  rows: number,
  columns: number,
  { bits, blockSize = columns }: QuantizationScheme,
): QuantizedRows {
  return {
    values: new Uint8Array((rows * columns * bits) / 8),
    scale: new Float32Array(rows * (columns / blockSize)),
  };
}

/**
 * Rounds `weights`, whole rows of `columns` numbers, into `target`, where they begin at row `firstRow` of `rows`. A row that is
 * not finite gets a scale that is not finite: see `isFiniteScale`.
 */
export function quantizeRows(
  weights: Float32Array,
  columns: number,
  target: QuantizedRows,
  place: { readonly firstRow: number; readonly rows: number },
  scheme: QuantizationScheme,
): void {
  const count = weights.length / columns;
  for (let row = 0; row < count; row++) {
    const numbers = weights.subarray(row * columns, (row + 1) * columns);
    const at = place.firstRow + row;
    switch (scheme.layout) {
      case "rows":
        target.scale[at] = roundTo(numbers, target.values, at * columns, 1, scheme.zeroPoint);
        break;
      case "columns":
        target.scale[at] = roundTo(numbers, target.values, at, place.rows, scheme.zeroPoint);
        break;
      case "blocks":
        roundBlocks(numbers, at, target, scheme);
        break;
    }
  }
}

/** True when every number that went into these scales was finite. */
export function isFiniteScale(scale: Float32Array): boolean {
  return scale.every((value) => Number.isFinite(value));
}

/** Rounds `numbers` around `zeroPoint`, symmetrically, to `values[start + index * stride]`. Returns the scale. */
function roundTo(numbers: Float32Array, values: Uint8Array, start: number, stride: number, zeroPoint: number): number {
  const scale = Math.fround(Math.abs(extreme(numbers)) / (zeroPoint - 1));
  const factor = scale === 0 ? 0 : 1 / scale;
  for (let index = 0, at = start; index < numbers.length; index++, at += stride) {
    values[at] = Math.round((numbers[index] ?? 0) * factor) + zeroPoint;
  }
  return scale;
}

/** 4 bits reach from -8 to 7. */
const LOWEST = -8;
const HIGHEST = 7;

function roundBlocks(
  numbers: Float32Array,
  row: number,
  { values, scale }: QuantizedRows,
  { zeroPoint, blockSize = numbers.length }: QuantizationScheme,
): void {
  const blocks = numbers.length / blockSize;
  for (let block = 0; block < blocks; block++) {
    const part = numbers.subarray(block * blockSize, (block + 1) * blockSize);
    const blockScale = Math.fround(extreme(part) / LOWEST);
    const factor = blockScale === 0 ? 0 : 1 / blockScale;
    const stored = (index: number): number =>
      Math.min(Math.max(Math.round((part[index] ?? 0) * factor), LOWEST), HIGHEST) + zeroPoint;
    const start = (row * numbers.length + block * blockSize) / 2;
    for (let index = 0; index < blockSize; index += 2) {
      values[start + index / 2] = stored(index) | (stored(index + 1) << 4);
    }
    scale[row * blocks + block] = blockScale;
  }
}

/** The number of the largest magnitude, with its sign; NaN when there is one. */
function extreme(numbers: Float32Array): number {
  let found = 0;
  for (const number of numbers) {
    if (!(Math.abs(number) <= Math.abs(found))) {
      found = number;
      if (Number.isNaN(number)) {
        break;
      }
    }
  }
  return found;
}
