/** Scales, crops and pads pixels as a plan says. */
import type { Rectangle, Size } from "../geometry.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import { pixelsOf, type Pixels } from "../pixels.js";
import { resizePixels } from "../resize.js";
import type { FitPlan } from "./fit-plan.js";

const CHANNELS = 3;

/** @param full the size that the plan was made for; a large image may have been scaled while it was read */
export function fitImage(image: Pixels, full: Size, { part, scaled, size, kept }: FitPlan): Pixels {
  return padded(resizePixels(cropped(image, partOf(image, full, part)), scaled.width, scaled.height), size, kept);
}

function partOf(image: Size, full: Size, part: Rectangle): Rectangle {
  const [across, down] = [image.width / full.width, image.height / full.height];
  const width = Math.max(1, Math.round(part.width * across));
  const height = Math.max(1, Math.round(part.height * down));
  const left = Math.min(Math.round(part.left * across), image.width - width);
  return { left, top: Math.min(Math.round(part.top * down), image.height - height), width, height };
}

/** A part of an image; the same object for the whole. */
export function cropped(image: Pixels, { left, top, width, height }: Rectangle): Pixels {
  if (width === image.width && height === image.height) {
    return image;
  }
  const data = new Uint8Array(width * height * CHANNELS);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * CHANNELS;
    data.set(image.data.subarray(start, start + width * CHANNELS), y * width * CHANNELS);
  }
  return pixelsOf(width, height, data);
}

/** The same part of each of `[N, H, W, 3]`. */
export function croppedImages(images: Tensor, { left, top, width, height }: Rectangle): Tensor {
  const [count = 0, rows = 0, columns = 0] = images.shape;
  const result = tensor([count, height, width, CHANNELS]);
  for (let y = 0; y < count * height; y++) {
    const row = Math.floor(y / height) * rows + top + (y % height);
    const start = (row * columns + left) * CHANNELS;
    result.data.set(images.data.subarray(start, start + width * CHANNELS), y * width * CHANNELS);
  }
  return result;
}

/** Around the image its edges are repeated. */
function padded(image: Pixels, { width, height }: Size, { left, top }: Rectangle): Pixels {
  if (width === image.width && height === image.height) {
    return image;
  }
  const data = new Uint8Array(width * height * CHANNELS);
  const inside = (position: number, length: number): number => Math.min(Math.max(position, 0), length - 1);
  for (let y = 0; y < height; y++) {
    const row = inside(y - top, image.height) * image.width;
    for (let x = 0; x < width; x++) {
      const from = (row + inside(x - left, image.width)) * CHANNELS;
      data.set(image.data.subarray(from, from + CHANNELS), (y * width + x) * CHANNELS);
    }
  }
  return pixelsOf(width, height, data);
}
