/**
 * Foretells the bytes of numbers, so that a pack holds what is left to say: nothing for what is stored twice, rounded from numbers
 * that are there, or drawn from a known seed; little for weights that were trained on from others.
 */
import { Buffer } from "node:buffer";
import { encodeHalf } from "../../dist/tensor/float16.js";
import { TorchGenerator } from "../../dist/tensor/random.js";

/**
 * One draw: PyTorch's seed, and for each tensor its count of numbers and the arithmetic done on them, in float32.
 *
 * @typedef {object} Draw
 * @property {number} seed
 * @property {readonly { count: number, steps: readonly (readonly ["*" | "/" | "+", number])[] }[]} tensors
 */

const { fround } = Math;

/**
 * @param {Draw} draw
 * @returns {Buffer[]} float32 numbers of each tensor
 */
export function drawTensors({ seed, tensors }) {
  const generator = new TorchGenerator(seed);
  return tensors.map(({ count, steps }) => {
    const values = Float32Array.from(generator.randn([count]).data);
    for (const [operation, operand] of steps) {
      const constant = fround(operand);
      const calculate = {
        "*": (/** @type {number} */ value) => value * constant,
        "/": (/** @type {number} */ value) => value / constant,
        "+": (/** @type {number} */ value) => value + constant,
      }[operation];
      values.forEach((value, index) => (values[index] = calculate(value)));
    }
    return bytesOf(values);
  });
}

/**
 * Float32 numbers as the nearest float16 ones.
 *
 * @param {Buffer} bytes
 */
export function roundToFloat16(bytes) {
  return bytesOf(encodeHalf(new Float32Array(new Uint8Array(bytes).buffer), "float16"));
}

/** @param {Float32Array | Uint16Array} values */
function bytesOf(values) {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

const SIGN = 0x8000;
const PATTERNS = 0xffff;
const FRACTION_BITS = 10;
const EXPONENTS = 0x1f;

/**
 * How far float16 numbers lie from the foretold ones, in steps from one such number to the next: 0, -1, 1, -2, ... as 0, 1, 2, 3.
 * They come in the order of the foretold numbers' exponents: the smaller a number, the more steps a change of it takes, so that
 * likely distances lie side by side.
 *
 * @param {Buffer} actual
 * @param {Buffer} foretold
 */
export function stepsBetween(actual, foretold) {
  const [values, origins] = [halvesOf(actual), halvesOf(foretold)];
  return bytesOf(
    Uint16Array.from(byExponent(origins), (index) => {
      const steps = placeOf(values[index]) - placeOf(origins[index]);
      return (steps << 1) ^ (steps & SIGN ? -1 : 0);
    }),
  );
}

/**
 * The numbers that lie so many `steps` from the foretold ones.
 *
 * @param {Buffer} steps
 * @param {Buffer} foretold
 */
export function takeSteps(steps, foretold) {
  const [distances, values] = [halvesOf(steps), halvesOf(foretold)];
  byExponent(values).forEach((index, position) => {
    const folded = distances[position];
    values[index] = patternAt((placeOf(values[index]) + ((folded >>> 1) ^ (folded & 1 ? -1 : 0))) & PATTERNS);
  });
  return bytesOf(values);
}

/**
 * The positions of float16 patterns, those of small exponents first, else as they lie.
 *
 * @param {Uint16Array} patterns
 */
function byExponent(patterns) {
  const exponents = patterns.map((pattern) => (pattern >>> FRACTION_BITS) & EXPONENTS);
  const next = new Uint32Array(EXPONENTS + 2);
  exponents.forEach((exponent) => next[exponent + 1]++);
  next.forEach((count, exponent) => (next[exponent] = count + (exponent === 0 ? 0 : next[exponent - 1])));
  const positions = new Uint32Array(patterns.length);
  exponents.forEach((exponent, index) => (positions[next[exponent]++] = index));
  return positions;
}

/** The place of a float16 pattern among all of them, from the lowest number to the highest. */
function placeOf(/** @type {number} */ pattern) {
  return pattern & SIGN ? PATTERNS - pattern : pattern + SIGN;
}

/** The pattern at a place. */
function patternAt(/** @type {number} */ place) {
  return place & SIGN ? place - SIGN : PATTERNS - place;
}

/** @param {Buffer} bytes */
function halvesOf(bytes) {
  return new Uint16Array(new Uint8Array(bytes).buffer);
}
