/**
 * Masks: which pixels of an image are to be repainted. White is repainted, black is kept. A file with transparency is read as the
 * images APIs do: its transparent part is repainted, whatever its colours.
 */
import { type Layers, readLayers } from "./decode.js";
import type { Pixels } from "./pixels.js";
import { InternalError } from "../errors.js";

/** One byte a pixel, rows from the top: 255 is repainted, 0 is kept, between them is blended. */
export interface RepaintMask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Wraps bytes. Throws `InternalError` when their number does not fit the size. */
export function repaintMaskOf(width: number, height: number, data: Uint8Array): RepaintMask {
  if (data.length !== width * height) {
    throw new InternalError(`${data.length} bytes for a mask of ${width}x${height}`);
  }
  return { width, height, data };
}

/** Reads a mask from a picture file. Throws `ImageError`. */
export async function readMask(file: string | Uint8Array): Promise<RepaintMask> {
  return maskFromLayers(await readLayers(file));
}

/** The transparency is the mask where there is any, the brightness otherwise. */
export function maskFromLayers(layers: Layers): RepaintMask {
  return transparencyOf(layers) ?? luminance(layers.pixels);
}

/** What is transparent, as a mask; `undefined` where a picture has no transparency. */
export function transparencyOf({ pixels: { width, height }, alpha }: Layers): RepaintMask | undefined {
  return alpha === undefined
    ? undefined
    : repaintMaskOf(
        width,
        height,
        alpha.map((opacity) => 255 - opacity),
      );
}

/** The rectangle that holds everything which is not kept; `undefined` when all is kept. */
export function boundsOf({ width, height, data }: RepaintMask): Rectangle | undefined {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] !== 0) {
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = y + 1;
      }
    }
  }
  return right === 0 ? undefined : { left, top, width: right - left, height: bottom - top };
}

/** A part of a picture, in pixels from its top left corner. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Brightness in Pillow's fixed-point form of ITU-R 601-2 (Convert.c, `L24`). */
function luminance({ width, height, data }: Pixels): RepaintMask {
  const grey = new Uint8Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const red = data[pixel * 3] ?? 0;
    const green = data[pixel * 3 + 1] ?? 0;
    const blue = data[pixel * 3 + 2] ?? 0;
    grey[pixel] = (red * 19_595 + green * 38_470 + blue * 7471 + 0x8000) >> 16;
  }
  return repaintMaskOf(width, height, grey);
}
