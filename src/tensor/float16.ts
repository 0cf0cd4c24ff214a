/**
 * Half floats: IEEE 754 binary16 and bfloat16 as 16-bit patterns, to and from float32, rounded to nearest, ties to even.
 * Reference: c10/util/Half.h and c10/util/BFloat16.h of PyTorch, whose results these are for every number; every NaN becomes
 * the quiet NaN of its sign. Float32 arithmetic itself is left to the callers.
 */

/** Types that are stored in 16 bits. */
export type HalfDType = "float16" | "bfloat16";

const SIGN = 0x8000;
const FLOAT32_INFINITY = 0x7f80_0000;
/** Float32 patterns of 2^16, from where every value is infinite as float16, and of 2^-14, the smallest normal float16. */
const FLOAT16_OVERFLOW = 0x4780_0000;
const FLOAT16_SMALLEST_NORMAL = 0x3880_0000;
/** 0.5 as float32: its last bit is worth 2^-24, as is that of a subnormal float16. */
const HALF_PATTERN = 0x3f00_0000;

const scratch = new DataView(new ArrayBuffer(4));

function patternOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

/** The float16 pattern nearest to `value`, which is taken as float32 first, as PyTorch does. */
export function encodeFloat16(value: number): number {
  const pattern = patternOf(value);
  const sign = (pattern >>> 16) & SIGN;
  const magnitude = pattern & 0x7fff_ffff;
  if (magnitude > FLOAT32_INFINITY) {
    return sign | 0x7e00;
  }
  if (magnitude >= FLOAT16_OVERFLOW) {
    return sign | 0x7c00;
  }
  if (magnitude >= FLOAT16_SMALLEST_NORMAL) {
    // A carry out of the fraction raises the exponent, which is the right answer, infinity included.
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x3800_0000) >>> 13);
  }
  // The float32 addition rounds to the spacing of subnormal float16 numbers by itself.
  return sign | (patternOf(Math.abs(Math.fround(value)) + 0.5) - HALF_PATTERN);
}

/** The number of a float16 pattern. */
export function decodeFloat16(pattern: number): number {
  const sign = pattern & SIGN ? -1 : 1;
  const exponent = (pattern >>> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0x1f) {
    return fraction === 0 ? sign * Infinity : NaN;
  }
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (0x400 + fraction) * 2 ** (exponent - 25);
}

/** The bfloat16 pattern nearest to `value`, which is taken as float32 first, as PyTorch does. */
export function encodeBfloat16(value: number): number {
  const pattern = patternOf(value);
  if ((pattern & 0x7fff_ffff) > FLOAT32_INFINITY) {
    return ((pattern >>> 16) & SIGN) | 0x7fc0;
  }
  return (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16;
}

/** The number of a bfloat16 pattern. */
export function decodeBfloat16(pattern: number): number {
  scratch.setUint32(0, pattern << 16);
  return scratch.getFloat32(0);
}

/** 16-bit patterns of `values`. */
export function encodeHalf(values: Float32Array, dtype: HalfDType): Uint16Array {
  return Uint16Array.from(values, dtype === "float16" ? encodeFloat16 : encodeBfloat16);
}

/** Float32 values of 16-bit `patterns`; no value changes. */
export function decodeHalf(patterns: Uint16Array, dtype: HalfDType): Float32Array {
  const table = tableOf(dtype);
  const values = new Float32Array(patterns.length);
  for (let index = 0; index < patterns.length; index++) {
    values[index] = table[patterns[index] ?? 0] ?? NaN;
  }
  return values;
}

const tables = new Map<HalfDType, Float32Array>();

/** The number of every pattern: whole checkpoints are decoded, and a look-up is many times as fast as the arithmetic. */
function tableOf(dtype: HalfDType): Float32Array {
  const table =
    tables.get(dtype) ??
    Float32Array.from({ length: 0x1_0000 }, (_, pattern) =>
      dtype === "float16" ? decodeFloat16(pattern) : decodeBfloat16(pattern),
    );
  tables.set(dtype, table);
  return table;
}

/** The values as they are after a visit to 16 bits. */
export function roundToHalf(values: Float32Array, dtype: HalfDType): Float32Array {
  return decodeHalf(encodeHalf(values, dtype), dtype);
}
