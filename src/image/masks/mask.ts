/** Masks: which pixels of an image are to be repainted. White is repainted, black is kept. */
import { InternalError } from "../../errors.js";

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
