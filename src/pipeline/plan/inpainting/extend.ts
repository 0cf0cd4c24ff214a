/**
 * Outpainting as inpainting: the picture on a larger canvas, whose new part is masked, and with it a seam along the old border
 * that fades into the picture, so that no line shows.
 */
import { type RepaintMask, repaintMaskOf } from "../../../image/masks/mask.js";
import { pixelsOf } from "../../../image/pixels.js";
import type { MaskedImage } from "./canvas.js";

/** Pixels to add on each side. */
export interface Extension {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The seam is this part of the shorter side, within these limits. */
const SEAM_SHARE = 1 / 16;
const [THINNEST_SEAM, WIDEST_SEAM] = [4, 32];

/** Grows a picture, with its mask if it has one. New pixels repeat the border. */
export function extendPicture(
  picture: MaskedImage["picture"],
  mask: RepaintMask | undefined,
  by: Extension,
): MaskedImage {
  const width = picture.width + by.left + by.right;
  const height = picture.height + by.top + by.bottom;
  const seam = seamWidth(picture.width, picture.height);
  const pixels = new Uint8Array(width * height * 3);
  const repainted = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [oldX, oldY] = [x - by.left, y - by.top];
      const nearX = Math.min(Math.max(oldX, 0), picture.width - 1);
      const nearY = Math.min(Math.max(oldY, 0), picture.height - 1);
      const from = nearY * picture.width + nearX;
      const to = y * width + x;
      for (let channel = 0; channel < 3; channel++) {
        pixels[to * 3 + channel] = picture.data[from * 3 + channel] ?? 0;
      }
      const inside = nearX === oldX && nearY === oldY;
      repainted[to] = inside ? Math.max(mask?.data[from] ?? 0, seamAt(oldX, oldY, picture, by, seam)) : 255;
    }
  }
  return { picture: pixelsOf(width, height, pixels), mask: repaintMaskOf(width, height, repainted) };
}

function seamWidth(width: number, height: number): number {
  const shorter = Math.min(width, height);
  const wanted = Math.min(Math.max(Math.round(shorter * SEAM_SHARE), THINNEST_SEAM), WIDEST_SEAM);
  return Math.min(wanted, Math.floor(shorter / 4));
}

/** How much of an old pixel is repainted: all but a trace at a border that grows, nothing from `seam` pixels inwards. */
function seamAt(x: number, y: number, { width, height }: MaskedImage["picture"], by: Extension, seam: number): number {
  const distances = [
    by.left > 0 ? x : Infinity,
    by.right > 0 ? width - 1 - x : Infinity,
    by.top > 0 ? y : Infinity,
    by.bottom > 0 ? height - 1 - y : Infinity,
  ];
  const distance = Math.min(...distances);
  return distance < seam ? Math.round(255 * (1 - (distance + 1) / (seam + 1))) : 0;
}
