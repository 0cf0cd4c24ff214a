/**
 * A picture of running latents without a decoder: each pixel's colour as a linear function of the latent's channels at its place, with
 * an eighth of the sides. What Stable Diffusion's front ends call latent-to-RGB; the factors are fitted by least squares.
 */
import { InternalError } from "../../errors.js";
import { pixelsFromTensor } from "../../image/pixels.js";
import { RawImage } from "../../image/raw-image.js";
import { imageShape } from "../../tensor/shape.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";

const COLOURS = 3;

/** For red, green and blue: a factor for each channel of the latents, then what is added. */
export type PreviewFactors = readonly (readonly number[])[];

/**
 * The factors that come closest to what a decoder makes of latents.
 * @param latents `[N, C, h, w]`
 * @param images `[N, H, W, 3]` in 0..1, H and W being multiples of h and w
 */
export function fitFactors(latents: Tensor, images: Tensor): PreviewFactors {
  const { batch, channels, height, width } = imageShape(latents, "the latents");
  const reduced = averaged(images, height, width);
  const unknowns = channels + 1;
  const products = Array.from({ length: unknowns }, () => new Float64Array(unknowns));
  const targets = Array.from({ length: COLOURS }, () => new Float64Array(unknowns));
  const plane = height * width;
  const sample = new Float64Array(unknowns).fill(1);
  for (let pixel = 0; pixel < batch * plane; pixel++) {
    const [image, at] = [Math.floor(pixel / plane), pixel % plane];
    for (let channel = 0; channel < channels; channel++) {
      sample[channel] = latents.data[(image * channels + channel) * plane + at] ?? NaN;
    }
    for (let row = 0; row < unknowns; row++) {
      const value = sample[row] ?? NaN;
      addTo(products[row], sample, value);
      for (let colour = 0; colour < COLOURS; colour++) {
        addAt(targets[colour], row, value * (reduced[pixel * COLOURS + colour] ?? NaN));
      }
    }
  }
  return targets.map((target) => solve(products, target));
}

/** Running latents `[N, 4, h, w]` in colours: N images of w x h pixels. */
export function previewImages(latents: Tensor, factors: PreviewFactors): RawImage[] {
  const { batch, channels, height, width } = imageShape(latents, "the latents");
  const plane = height * width;
  const colours = tensor([batch, height, width, COLOURS]);
  for (let image = 0; image < batch; image++) {
    for (const [colour, weights] of factors.entries()) {
      for (let at = 0; at < plane; at++) {
        let value = weights[channels] ?? NaN;
        for (let channel = 0; channel < channels; channel++) {
          value += (weights[channel] ?? NaN) * (latents.data[(image * channels + channel) * plane + at] ?? NaN);
        }
        colours.data[(image * plane + at) * COLOURS + colour] = value;
      }
    }
  }
  return pixelsFromTensor(colours).map((pixels) => new RawImage(pixels));
}

/** Means of the pixels that lie over each latent, `[N * h * w * 3]`. */
function averaged(images: Tensor, height: number, width: number): Float64Array {
  const [batch = 0, fullHeight = 0, fullWidth = 0] = images.shape;
  const [down, across] = [fullHeight / height, fullWidth / width];
  if (!Number.isInteger(down) || !Number.isInteger(across)) {
    throw new InternalError(`images of ${fullWidth}x${fullHeight} over latents of ${width}x${height}`);
  }
  const means = new Float64Array(batch * height * width * COLOURS);
  const share = 1 / (down * across);
  for (let row = 0; row < batch * fullHeight; row++) {
    for (let column = 0; column < fullWidth; column++) {
      const to = (Math.floor(row / down) * width + Math.floor(column / across)) * COLOURS;
      const from = (row * fullWidth + column) * COLOURS;
      for (let colour = 0; colour < COLOURS; colour++) {
        addAt(means, to + colour, share * (images.data[from + colour] ?? NaN));
      }
    }
  }
  return means;
}

/** Gauss's elimination with pivots; five equations at most. */
function solve(matrix: readonly Float64Array[], target: Float64Array): number[] {
  const rows = matrix.map((row, index) => [...row, target[index] ?? NaN]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const rest = rows.slice(column);
    const pivot = rest.reduce((best, row) => (Math.abs(row[column] ?? 0) > Math.abs(best[column] ?? 0) ? row : best));
    const lead = pivot[column] ?? 0;
    if (lead === 0) {
      throw new InternalError("the latents are all alike, so no factors follow from them");
    }
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(
      column,
      0,
      pivot.map((value) => value / lead),
    );
    for (const [index, row] of rows.entries()) {
      const factor = row[column] ?? 0;
      if (index !== column) {
        rows[index] = row.map((value, at) => value - factor * (rows[column]?.[at] ?? NaN));
      }
    }
  }
  return rows.map((row) => row[size] ?? NaN);
}

function addTo(sums: Float64Array | undefined, values: Float64Array, factor: number): void {
  for (const [index, value] of values.entries()) {
    addAt(sums, index, factor * value);
  }
}

function addAt(sums: Float64Array | undefined, index: number, value: number): void {
  if (sums !== undefined) {
    sums[index] = (sums[index] ?? NaN) + value;
  }
}
