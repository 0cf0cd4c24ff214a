/**
 * Pillow's bicubic resize of 8-bit pictures, equal to it byte for byte: kernel with a = -0.5, widened when shrinking, one pass
 * along the rows and one along the columns with 8 bits between them, coefficients in 22-bit fixed point.
 * Reference: Pillow 13, src/libImaging/Resample.c; earlier versions always resize the rows first, which moves a few values by 1.
 */
import { pixelsOf, type Pixels } from "./pixels.js";
import { InternalError } from "../errors.js";

const CHANNELS = 3;
/** Keys' parameter, as Pillow has it (OpenCV uses -0.75, so its results differ). */
const SHARPNESS = -0.5;
const KERNEL_RADIUS = 2;
/** 32-bit sums hold 8 bits of pixel, 2 bits of headroom for the kernel's overshoot and this many of fraction. */
const FRACTION_BITS = 22;
const ONE = 1 << FRACTION_BITS;
const HALF = 1 << (FRACTION_BITS - 1);

/** The source samples that make one target sample: `weights[0]` belongs to sample `start`. */
interface Window {
  readonly start: number;
  readonly weights: Int32Array;
}

/** The picture at another size; the same object when the size is already right. */
export function resizePixels(picture: Pixels, width: number, height: number): Pixels {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new InternalError(`resize to ${width}x${height}`);
  }
  // Pillow begins with the axis that makes the most of the rest of the work go away; 8-bit rounding makes the order visible.
  const rowsLost = picture.height - height;
  const columnsLost = picture.width - width;
  if (rowsLost > 0 && rowsLost > 2 * columnsLost) {
    return resizeRows(resizeColumns(picture, height), width);
  }
  return resizeColumns(resizeRows(picture, width), height);
}

function resizeRows(picture: Pixels, width: number): Pixels {
  const { width: sourceWidth, height, data } = picture;
  if (width === sourceWidth) {
    return picture;
  }
  const result = new Uint8Array(width * height * CHANNELS);
  for (const [x, { start, weights }] of windows(sourceWidth, width).entries()) {
    for (let y = 0; y < height; y++) {
      const source = (y * sourceWidth + start) * CHANNELS;
      const target = (y * width + x) * CHANNELS;
      for (let channel = 0; channel < CHANNELS; channel++) {
        result[target + channel] = weightedSum(data, source + channel, CHANNELS, weights);
      }
    }
  }
  return pixelsOf(width, height, result);
}

function resizeColumns(picture: Pixels, height: number): Pixels {
  const { width, height: sourceHeight, data } = picture;
  if (height === sourceHeight) {
    return picture;
  }
  const stride = width * CHANNELS;
  const result = new Uint8Array(stride * height);
  for (const [y, { start, weights }] of windows(sourceHeight, height).entries()) {
    for (let i = 0; i < stride; i++) {
      result[y * stride + i] = weightedSum(data, start * stride + i, stride, weights);
    }
  }
  return pixelsOf(width, height, result);
}

function weightedSum(data: Uint8Array, first: number, stride: number, weights: Int32Array): number {
  let sum = HALF;
  for (let tap = 0; tap < weights.length; tap++) {
    sum += (data[first + tap * stride] ?? 0) * (weights[tap] ?? 0);
  }
  return Math.min(Math.max(sum >> FRACTION_BITS, 0), 255);
}

function windows(sourceSize: number, targetSize: number): Window[] {
  const scale = sourceSize / targetSize;
  // Shrinking widens the kernel so that every source sample counts; enlarging keeps it.
  const stretch = Math.max(scale, 1);
  const radius = KERNEL_RADIUS * stretch;
  // Pillow multiplies by the inverse; a division here would differ in the last bit.
  const inverse = 1 / stretch;
  return Array.from({ length: targetSize }, (_, target) => {
    const center = (target + 0.5) * scale;
    const start = Math.max(Math.trunc(center - radius + 0.5), 0);
    const end = Math.min(Math.trunc(center + radius + 0.5), sourceSize);
    const raw = Float64Array.from({ length: end - start }, (_, tap) => bicubic((tap + start - center + 0.5) * inverse));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { start, weights: Int32Array.from(raw, (weight) => toFixedPoint(total === 0 ? weight : weight / total)) };
  });
}

function toFixedPoint(weight: number): number {
  return Math.trunc(weight * ONE + (weight < 0 ? -0.5 : 0.5));
}

function bicubic(offset: number): number {
  const x = Math.abs(offset);
  if (x < 1) {
    return ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1;
  }
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * SHARPNESS : 0;
}
