/**
 * The canvas for users: the picture, or the region around the mask, is worked on in a copy that fits the model (resized with
 * its aspect, filled up to the multiples that the networks take), and only what the mask names is put back into the picture,
 * at the picture's own size. Everything else keeps its bytes.
 */
import { featherInside } from "../../../image/masks/feather.js";
import { boundsOf, type RepaintMask, type Rectangle } from "../../../image/masks/mask.js";
import { type Pixels, pixelsFromTensor, pixelsOf, tensorFromPixels } from "../../../image/pixels.js";
import { resizePixels } from "../../../image/resize.js";
import { axisSize } from "../../../tensor/shape.js";
import { concatRows, row, tensor, type Tensor } from "../../../tensor/tensor.js";
import { type Canvas, type LatentMask, type MaskedImage, canvasInputs } from "./canvas.js";
import { type ModelSize, regionAround, workingScale } from "./region.js";

export interface FitOptions {
  readonly area: "whole" | "only";
  /** Pixels around the mask, for `only`. */
  readonly padding: number;
  /** Width in pixels of the soft edge inside the mask. */
  readonly blur: number;
  readonly model: ModelSize;
  /** Pixels of one latent a side. */
  readonly scale: number;
  /** Sides of the working copy are multiples of this. */
  readonly multiple: number;
}

/** The working copy: `inner` is what shows the region, the rest repeats its edges. */
interface Copy {
  readonly region: Rectangle;
  readonly inner: { readonly width: number; readonly height: number };
  readonly width: number;
  readonly height: number;
}

export function fitCanvas({ picture, mask }: MaskedImage, options: FitOptions): Canvas {
  const only = options.area === "only";
  const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
  const region = only ? regionAround(mask, options.padding, options.model) : whole;
  const copy = planCopy(region, workingScale(region, options.model, only), options.multiple);
  const pixels = repeatEdges(resizePixels(crop(picture, region), copy.inner.width, copy.inner.height), copy);
  const repainted = touchedPixels(mask, copy);
  const blend = featherInside(mask, options.blur);
  return {
    width: picture.width,
    height: picture.height,
    ...canvasInputs(pixels, (pixel) => repainted[pixel] === 1),
    repaint: repaintedLatents(repainted, copy, options.scale),
    notices: noticesOf(mask, copy),
    finish: (decoded) => compose(picture, blend, decoded, copy),
  };
}

function planCopy(region: Rectangle, scale: number, multiple: number): Copy {
  const resized = (side: number): number => Math.max(1, Math.round(side * scale));
  const filled = (side: number): number => Math.ceil(side / multiple) * multiple;
  const inner = { width: resized(region.width), height: resized(region.height) };
  return { region, inner, width: filled(inner.width), height: filled(inner.height) };
}

function noticesOf(mask: RepaintMask, { region, inner }: Copy): string[] {
  const resized = inner.width !== region.width || inner.height !== region.height;
  return [
    ...(boundsOf(mask) === undefined ? ["the mask is empty: nothing of the picture changes"] : []),
    ...(resized
      ? [
          `what is repainted is made at ${inner.width} x ${inner.height} and put back at ${region.width} x ${region.height}`,
        ]
      : []),
  ];
}

function crop(picture: Pixels, { left, top, width, height }: Rectangle): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * picture.width + left) * 3;
    data.set(picture.data.subarray(start, start + width * 3), y * width * 3);
  }
  return pixelsOf(width, height, data);
}

function repeatEdges(inner: Pixels, { width, height }: Copy): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (Math.min(y, inner.height - 1) * inner.width + Math.min(x, inner.width - 1)) * 3;
      const to = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        data[to + channel] = inner.data[from + channel] ?? 0;
      }
    }
  }
  return pixelsOf(width, height, data);
}

/** 1 for every pixel of the copy that shows any part of the mask, however faint; the filling follows the edge beside it. */
function touchedPixels(mask: RepaintMask, { region, inner, width, height }: Copy): Uint8Array {
  const columns = spans(region.left, region.width, inner.width, width);
  const rows = spans(region.top, region.height, inner.height, height);
  const touched = new Uint8Array(width * height);
  rows.forEach(([top, bottom], y) => {
    columns.forEach(([left, right], x) => {
      for (let sourceY = top; sourceY < bottom; sourceY++) {
        const start = sourceY * mask.width;
        if (mask.data.subarray(start + left, start + right).some((value) => value !== 0)) {
          touched[y * width + x] = 1;
          break;
        }
      }
    });
  });
  return touched;
}

/** First and last source sample (exclusive) of each of `filled` target samples, of which `inner` show the source. */
function spans(start: number, length: number, inner: number, filled: number): [number, number][] {
  return Array.from({ length: filled }, (_, index) => {
    const target = Math.min(index, inner - 1);
    return [start + Math.floor((target * length) / inner), start + Math.ceil(((target + 1) * length) / inner)];
  });
}

/** A latent is repainted when any of its pixels is. */
function repaintedLatents(repainted: Uint8Array, { width, height }: Copy, scale: number): LatentMask {
  const [columns, rows] = [width / scale, height / scale];
  const data = new Float64Array(rows * columns);
  repainted.forEach((value, pixel) => {
    if (value === 1) {
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      data[Math.floor(y / scale) * columns + Math.floor(x / scale)] = 1;
    }
  });
  return { width: columns, height: rows, data };
}

/** Puts what the mask names of every decoded picture into the original. */
function compose(picture: Pixels, blend: RepaintMask, decoded: Tensor, copy: Copy): Tensor {
  const base = tensorFromPixels([picture]);
  const { region } = copy;
  return concatRows(
    Array.from({ length: axisSize(decoded.shape, 0) }, (_, index) => {
      const made = toRegion(row(decoded, index), copy);
      const result = tensor(base.shape, base.data.slice());
      for (let y = 0; y < region.height; y++) {
        for (let x = 0; x < region.width; x++) {
          const pixel = (region.top + y) * picture.width + region.left + x;
          const share = (blend.data[pixel] ?? 0) / 255;
          for (let channel = 0; channel < 3 && share > 0; channel++) {
            const at = pixel * 3 + channel;
            const kept = base.data[at] ?? 0;
            const painted = made.data[(y * region.width + x) * 3 + channel] ?? 0;
            result.data[at] = share === 1 ? painted : kept + (painted - kept) * share;
          }
        }
      }
      return result;
    }),
  );
}

/** The inner part of a decoded copy `[1, H, W, 3]` at the region's size. */
function toRegion(decoded: Tensor, { region, inner, width }: Copy): Tensor {
  const shown = tensor([1, inner.height, inner.width, 3]);
  for (let y = 0; y < inner.height; y++) {
    const start = y * width * 3;
    shown.data.set(decoded.data.subarray(start, start + inner.width * 3), y * inner.width * 3);
  }
  if (inner.width === region.width && inner.height === region.height) {
    return shown;
  }
  const resized = pixelsFromTensor(shown).map((pixels) => resizePixels(pixels, region.width, region.height));
  return tensorFromPixels(resized);
}
