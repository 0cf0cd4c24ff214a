/**
 * Masks from files that lose something: coding rings around edges and leaves noise beside them. What is near black or white is
 * that, specks far from everything else are nothing, and soft edges stay soft.
 *
 * The figures are measured with sharp's JPEG (mozjpeg too), WebP and AVIF of quality 30 to 95 on ellipses, brush strokes, text and
 * rectangles, sharp and blurred: rings reach 102 of 255 up to 7 pixels from a hard edge, where 3 x 3 pixels hold both black and
 * white; beside soft edges noise reaches 22, nearly always under 16, and 5 farther away.
 */
import { type RepaintMask, repaintMaskOf } from "./mask.js";
import { withoutSpecks } from "./specks.js";

const WHITE = 255;
/** Values in 3 x 3 pixels that make a hard edge of them: what rings leave of black and of white. */
const [EDGE_BLACK, EDGE_WHITE] = [80, 192];
/** How far rings reach: one block of JPEG. */
const RING_REACH = 8;
/** What still counts as black, and as far from white as white, near hard edges and elsewhere. */
const [RINGING, NOISE] = [104, 16];

/** The mask that a coded one stands for. */
export function cleanLossyMask(mask: RepaintMask): RepaintMask {
  const near = nearHardEdges(mask);
  const snapped = mask.data.map((value, pixel) => {
    const margin = near[pixel] === 1 ? RINGING : NOISE;
    return value <= margin ? 0 : value >= WHITE - margin ? WHITE : value;
  });
  return withoutSpecks(repaintMaskOf(mask.width, mask.height, snapped));
}

/** 1 for every pixel so near to a hard edge that rings may reach it. */
function nearHardEdges({ width, height, data }: RepaintMask): Uint8Array {
  const white = data.map((value) => (value >= EDGE_WHITE ? 1 : 0));
  const besideWhite = grown(white, width, height, 1);
  const black = data.map((value) => (value <= EDGE_BLACK ? 1 : 0));
  const edges = grown(black, width, height, 1).map((beside, pixel) => beside & (besideWhite[pixel] ?? 0));
  return grown(edges, width, height, RING_REACH);
}

/** 1 wherever there is a 1 in the square around a pixel, `reach` to each side. */
function grown(flags: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  const alongRows = new Uint8Array(flags.length);
  for (let y = 0; y < height; y++) {
    growLine(flags, alongRows, { start: y * width, step: 1, length: width }, reach);
  }
  const result = new Uint8Array(flags.length);
  for (let x = 0; x < width; x++) {
    growLine(alongRows, result, { start: x, step: width, length: height }, reach);
  }
  return result;
}

/** Counts in a window that moves along one row or column. */
function growLine(
  from: Uint8Array,
  to: Uint8Array,
  { start, step, length }: { readonly start: number; readonly step: number; readonly length: number },
  reach: number,
): void {
  const at = (index: number): number => (index < 0 || index >= length ? 0 : (from[start + index * step] ?? 0));
  let count = 0;
  for (let index = -reach; index < length; index++) {
    count += at(index + reach) - at(index - reach - 1);
    if (index >= 0 && count > 0) {
      to[start + index * step] = 1;
    }
  }
}
