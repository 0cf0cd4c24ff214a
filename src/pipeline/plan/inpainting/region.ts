/** Which part of a picture is worked on, and at what size. */
import { boundsOf, type RepaintMask, type Rectangle } from "../../../image/masks/mask.js";

/** The size that a model was made for. */
export interface ModelSize {
  readonly width: number;
  readonly height: number;
}

/** Pixels around the mask that are worked on with `maskArea: "only"`. */
export const DEFAULT_MASK_PADDING = 32;
/** A region is enlarged at most this much: beyond, there is nothing in it for the model to see. */
const MOST_ENLARGEMENT = 4;
/** The longest side, as a multiple of the model's: beyond, a picture would be shrunk to a thread. */
const LONGEST_SIDE = 4;

/** The mask's bounds with padding, and with so much more that the region is not too small for the model; all for an empty mask. */
export function regionAround(mask: RepaintMask, padding: number, model: ModelSize): Rectangle {
  const bounds = boundsOf(mask);
  if (bounds === undefined) {
    return { left: 0, top: 0, width: mask.width, height: mask.height };
  }
  const least = (side: number): number => Math.ceil(side / MOST_ENLARGEMENT);
  const [left, width] = widen(bounds.left, bounds.width, padding, least(model.width), mask.width);
  const [top, height] = widen(bounds.top, bounds.height, padding, least(model.height), mask.height);
  return { left, top, width, height };
}

/** Start and length of a stretch that grows on both sides alike, as far as there is room. */
function widen(start: number, length: number, padding: number, least: number, room: number): [number, number] {
  const wanted = Math.min(Math.max(length + 2 * padding, least), room);
  const begin = Math.round(start + (length - wanted) / 2);
  return [Math.min(Math.max(begin, 0), room - wanted), wanted];
}

/** How much a region is resized to be worked on: never above the model's number of pixels, larger only if `enlarge`. */
export function workingScale({ width, height }: Rectangle, model: ModelSize, enlarge: boolean): number {
  const fit = Math.sqrt((model.width * model.height) / (width * height));
  const side = (LONGEST_SIDE * Math.max(model.width, model.height)) / Math.max(width, height);
  return Math.min(fit, side, enlarge ? MOST_ENLARGEMENT : 1);
}
