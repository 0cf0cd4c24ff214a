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

/** The same rows in the numbers of the scheme, row by row, one or two to a byte. */
export function roundedRows(
  weights: Float32Array,
  columns: number,
  scales: Float32Array,
  { layout, zeroPoint, blockSize = columns }: QuantizationScheme,
): Uint8Array {
  const factors = scales.map((scale) => (scale === 0 ? 0 : 1 / scale));
  const rounded = (index: number): number =>
    Math.round((weights[index] ?? 0) * (factors[Math.floor(index / blockSize)] ?? 0));
  if (layout === "blocks") {
    const nibble = (index: number): number => Math.min(Math.max(rounded(index), LOWEST), HIGHEST) + zeroPoint;
    return Uint8Array.from({ length: weights.length / 2 }, (_, pair) => nibble(2 * pair) | (nibble(2 * pair + 1) << 4));
  }
  const values = new Uint8Array(weights.length);
  for (let index = 0; index < values.length; index++) {
    values[index] = rounded(index) + zeroPoint;
  }
  return values;
}

/** The number of the largest magnitude, with its sign; NaN when there is one. */
function extreme(numbers: Float32Array): number {
  let found = 0;
  for (const number of numbers) {
    if (Number.isNaN(number)) {
      return NaN;
    }
    if (Math.abs(number) > Math.abs(found)) {
      found = number;
    }
  }
  return found;
}
