/** Specks: few pixels, far from everything of weight, that nobody painted. */
import { type RepaintMask, repaintMaskOf } from "./mask.js";

/** The most that a speck has of 255 together: 3 x 3 whole pixels, which coding may smear over more. */
const MOST_WEIGHT = 9 * 255;
/** The rest of the mask weighs at least so many times as much: in a mask of dots, dots are no specks. */
const LEAST_RATIO = 64;
/** Nothing of weight is within so many pixels. */
const DISTANCE = 16;
/** What is known of a pixel. */
const [UNSEEN, HEAVY, LIGHT] = [0, 1, 2];

/** The mask without specks, white ones in black and black ones in white. */
export function withoutSpecks({ width, height, data }: RepaintMask): RepaintMask {
  const inBlack = erase(data, width, height);
  const inWhite = erase(
    inBlack.map((value) => 255 - value),
    width,
    height,
  );
  return repaintMaskOf(
    width,
    height,
    inWhite.map((value) => 255 - value),
  );
}

function erase(data: Uint8Array, width: number, height: number): Uint8Array {
  const state = new Uint8Array(data.length);
  const specks: number[][] = [];
  data.forEach((value, pixel) => {
    if (value === 0 || state[pixel] !== UNSEEN) {
      return;
    }
    if (state[pixel - width] === HEAVY || (pixel % width > 0 && state[pixel - 1] === HEAVY)) {
      state[pixel] = HEAVY;
      return;
    }
    const speck = lightComponent(data, state, width, pixel);
    if (speck !== undefined) {
      specks.push(speck);
    }
  });
  const heavy = data.reduce((sum, value, pixel) => sum + (state[pixel] === HEAVY ? value : 0), 0);
  const cleaned = data.slice();
  if (heavy >= LEAST_RATIO * MOST_WEIGHT) {
    for (const speck of specks.filter((pixels) => isAlone(pixels, state, width, height))) {
      speck.forEach((pixel) => (cleaned[pixel] = 0));
    }
  }
  return cleaned;
}

/**
 * The pixels that hang together with `first`, marked as light; `undefined`, and marked as heavy as far as it looked, where they
 * weigh too much. A heavy neighbour is enough, so that no pixel of a large component is looked at often.
 */
function lightComponent(data: Uint8Array, state: Uint8Array, width: number, first: number): number[] | undefined {
  const pixels = [first];
  state[first] = LIGHT;
  let weight = 0;
  for (let next = 0; next < pixels.length; next++) {
    const pixel = pixels[next] ?? first;
    weight += data[pixel] ?? 0;
    const around = neighbours(pixel, width, data.length).filter((other) => data[other] !== 0);
    if (weight > MOST_WEIGHT || around.some((other) => state[other] === HEAVY)) {
      pixels.forEach((other) => (state[other] = HEAVY));
      return undefined;
    }
    for (const other of around) {
      if (state[other] === UNSEEN) {
        state[other] = LIGHT;
        pixels.push(other);
      }
    }
  }
  return pixels;
}

function neighbours(pixel: number, width: number, size: number): number[] {
  const x = pixel % width;
  const columns = [...(x > 0 ? [-1] : []), 0, ...(x + 1 < width ? [1] : [])];
  return [-width, 0, width]
    .flatMap((row) => columns.map((column) => pixel + row + column))
    .filter((other) => other >= 0 && other < size && other !== pixel);
}

/** Whether nothing heavy is near the bounds of the pixels. */
function isAlone(pixels: readonly number[], state: Uint8Array, width: number, height: number): boolean {
  const columns = pixels.map((pixel) => pixel % width);
  const rows = pixels.map((pixel) => Math.floor(pixel / width));
  const left = Math.max(Math.min(...columns) - DISTANCE, 0);
  const right = Math.min(Math.max(...columns) + DISTANCE + 1, width);
  const bottom = Math.min(Math.max(...rows) + DISTANCE + 1, height);
  for (let y = Math.max(Math.min(...rows) - DISTANCE, 0); y < bottom; y++) {
    if (state.subarray(y * width + left, y * width + right).includes(HEAVY)) {
      return false;
    }
  }
  return true;
}
