/**
 * Rounds rows of a weight to 8 or 4 bits: every row, or every block of a row, has the scale that just holds its largest number.
 * Reference for the 4-bit form: ggml's Q4_0, whose scale has the sign that puts the largest number on -8.
 */
import type { QuantizationScheme } from "./quantization-scheme.js";

/** 4 bits reach from -8 to 7. */
const [LOWEST, HIGHEST] = [-8, 7];

/**
 * The scales of whole rows of `columns` numbers: one for each row, or for each block of a row. Where a number is not finite,
 * the scale is not finite either.
 */
export function scalesOf(weights: Float32Array, columns: number, scheme: QuantizationScheme): Float32Array {
  const { layout, zeroPoint, blockSize = columns } = scheme;
  const scales = new Float32Array(weights.length / blockSize);
  for (let index = 0; index < scales.length; index++) {
    const largest = extreme(weights.subarray(index * blockSize, (index + 1) * blockSize));
    scales[index] = layout === "blocks" ? largest / LOWEST : Math.abs(largest) / (zeroPoint - 1);
  }
  return scales;
}

/** The same rows in the numbers of the scheme, row by row, one or two to a byte. Plain loops: these run over whole checkpoints. */
export function roundedRows(
  weights: Float32Array,
  columns: number,
  scales: Float32Array,
  { layout, zeroPoint, blockSize = columns }: QuantizationScheme,
): Uint8Array {
  const values = new Uint8Array(weights.length);
  const [lowest, highest] = layout === "blocks" ? [LOWEST, HIGHEST] : [-Infinity, Infinity];
  for (let block = 0, index = 0; block < scales.length; block++) {
    const scale = scales[block] ?? 0;
    const factor = scale === 0 ? 0 : Math.fround(1 / scale);
    for (const end = index + blockSize; index < end; index++) {
      const rounded = Math.round((weights[index] ?? 0) * factor);
      values[index] = Math.min(Math.max(rounded, lowest), highest) + zeroPoint;
    }
  }
  return layout === "blocks" ? inPairs(values) : values;
}

/** Two numbers below 16 in a byte, the first one in its lower half. */
function inPairs(values: Uint8Array): Uint8Array {
  const pairs = new Uint8Array(values.length / 2);
  for (let index = 0; index < pairs.length; index++) {
    pairs[index] = (values[2 * index] ?? 0) | ((values[2 * index + 1] ?? 0) << 4);
  }
  return pairs;
}

/** The number of the largest magnitude, with its sign; NaN when there is one. */
function extreme(numbers: Float32Array): number {
  let [found, magnitude, sum] = [0, 0, 0];
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] ?? 0;
    const size = Math.abs(number);
    if (size > magnitude) {
      found = number;
      magnitude = size;
    }
    sum += number; // NaN where one of them is.
  }
  return Number.isNaN(sum) ? NaN : found;
}
