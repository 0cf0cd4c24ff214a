/**
 * An integer convolution in bands of rows. The engine writes out what every pixel sees before it multiplies (im2col), nine times the
 * image for a 3 x 3 kernel; where that does not fit into the processor's caches, memory sets the pace: 256 channels of 256 x 256
 * pixels take less than half the time in bands. What follows each sum is done in the band as well.
 */
import { InternalError } from "../../errors.js";
import { concat, sizeOf, slice } from "../ops/index.js";
import type { Attribute, Value } from "../value.js";

/** What every pixel of a band sees, at most: of what was tried from 2 to 75 MB, bands of 3 to 6 MB are the fastest. */
const BAND_BYTES = 6 * 1024 ** 2;

type Size = readonly [number, number];
type Attributes = Readonly<Record<string, Attribute>>;

/**
 * Calls `convolve` for each band of the result, of `size`, and puts the bands together.
 * @param x 8-bit numbers `[B, C, H, W]`
 * @param attributes as of Conv
 */
export function inBands(
  x: Value,
  attributes: Attributes,
  size: Size,
  convolve: (rows: Value, attributes: Attributes, size: Size) => Value,
  bandBytes = BAND_BYTES,
): Value {
  const [kernel = 1] = intsOf(attributes, "kernel_shape");
  const [stride = 1] = intsOf(attributes, "strides");
  const [top = 0, left = 0, , right = 0] = intsOf(attributes, "pads");
  const [height, width] = size;
  const seenBytes = sizeOf(x, 1) * kernel ** 2 * width;
  const rows = Math.max(1, Math.floor(bandBytes / seenBytes));
  if (kernel === 1 || rows >= height) {
    return convolve(x, attributes, size);
  }
  const inputRows = sizeOf(x, 2);
  const bands: Value[] = [];
  for (let start = 0; start < height; start += rows) {
    const end = Math.min(height, start + rows);
    // In rows of the padded image, and from there to rows of the image itself.
    const [first, last] = [start * stride - top, (end - 1) * stride - top + kernel];
    const [from, to] = [Math.max(0, first), Math.min(inputRows, last)];
    const pads = { ints: [from - first, left, last - to, right] };
    bands.push(convolve(slice(x, 2, from, to), { ...attributes, pads }, [end - start, width]));
  }
  const [band, ...others] = bands;
  if (band === undefined) {
    throw new InternalError("a convolution without rows");
  }
  return concat([band, ...others], 2);
}

function intsOf(attributes: Attributes, name: string): readonly number[] {
  const attribute = attributes[name];
  return attribute !== undefined && "ints" in attribute ? attribute.ints : [];
}
