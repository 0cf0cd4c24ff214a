/**
 * Logarithm, sine and cosine in float32, as PyTorch computes them for normal numbers on x86 with AVX2: a faithful value would be
 * nearer to the truth but differ from PyTorch's in the last bits, and noise must be equal to the last bit.
 * Reference: the polynomials of the Cephes library (logf.c, sinf.c) in the order of operations of PyTorch's
 * ATen/native/cpu/avx_mathfun.h, with the multiplications and additions that its builds fuse. PyTorch on other CPUs (ARM) uses
 * other functions; its values differ by about 1e-6.
 */
const { fround } = Math;

const SQRT_HALF = fround(Math.SQRT1_2);
/** ln 2 in two parts: the first has few bits, so that its products with exponents are exact. */
const LN2_HIGH = fround(0.693359375);
const LN2_LOW = fround(-2.1219444e-4);
/** ln(1 + x) = x - x^2 / 2 + x^3 * polynomial(x). */
const LOG_POLYNOMIAL = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(fround);

const FOUR_OVER_PI = fround(4 / Math.PI);
/** Minus pi / 4 in three parts. */
const MINUS_QUARTER_PI = [-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8].map(fround);
/** sin x = x + x^3 * polynomial(x^2), cos x = 1 - x^2 / 2 + x^4 * polynomial(x^2), for |x| up to pi / 4. */
const SINE_POLYNOMIAL = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(fround);
const COSINE_POLYNOMIAL = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(fround);

const scratch = new DataView(new ArrayBuffer(4));

/** `a * b + c` with one rounding: the product of two float32 numbers is exact in double precision. */
function fused(a: number, b: number, c: number): number {
  return fround(a * b + c);
}

/** Horner's scheme, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => fused(sum, x, coefficient), 0);
}

/** Natural logarithm of a normal float32 number above 0. */
export function float32Log(value: number): number {
  scratch.setFloat32(0, value);
  const pattern = scratch.getUint32(0);
  scratch.setUint32(0, (pattern & 0x007f_ffff) | 0x3f00_0000);
  const fraction = scratch.getFloat32(0); // 0.5 to 1
  const small = fraction < SQRT_HALF;
  const exponent = (pattern >>> 23) - (small ? 127 : 126);
  const x = fround((small ? 2 * fraction : fraction) - 1);

  const square = fround(x * x);
  const cubic = fround(polynomial(LOG_POLYNOMIAL, x) * x);
  const tail = fused(-0.5, square, fused(cubic, square, fround(exponent * LN2_LOW)));
  return fused(exponent, LN2_HIGH, fround(x + tail));
}

/** Sine and cosine of a float32 angle from 0 to some turns. */
export function float32SinCos(angle: number): readonly [sine: number, cosine: number] {
  const octant = (Math.trunc(fround(angle * FOUR_OVER_PI)) + 1) & ~1; // the even one of the two around the angle
  const x = MINUS_QUARTER_PI.reduce((rest, part) => fused(octant, part, rest), angle);

  const square = fround(x * x);
  const quartic = fround(polynomial(COSINE_POLYNOMIAL, square) * square);
  const even = fround(fused(quartic, square, -fround(0.5 * square)) + 1);
  const odd = fused(fround(polynomial(SINE_POLYNOMIAL, square) * square), x, x);

  const swapped = (octant & 2) !== 0;
  const [sine, cosine] = swapped ? [even, odd] : [odd, even];
  return [(octant & 4) === 0 ? sine : -sine, ((octant - 2) & 4) !== 0 ? cosine : -cosine];
}
