/** What the file of a mask means: its brightness, a layer with strokes, or a picture with a hole. */
import type { Layers } from "../reading/decode.js";
import type { Pixels } from "../pixels.js";
import { cleanLossyMask } from "./lossy-mask.js";
import { type RepaintMask, repaintMaskOf } from "./mask.js";

/**
 * `brightness` repaints what is white, `strokes` what is painted on a transparent layer, and `hole`, as the images APIs do, what is
 * transparent in a picture.
 */
export type MaskReading = "brightness" | "strokes" | "hole";

export interface ReadMask {
  readonly mask: RepaintMask;
  readonly reading: MaskReading;
}

/**
 * How far the strokes' opaque pixels may be from their mean in a channel: for what is stored exactly, a colour that went through a
 * profile; for what is not, as measured on strokes of five colours in WebP and AVIF of quality 30 to 95.
 */
const COLOUR_TOLERANCE = { exact: 8, lossy: 24 };

/** Of pixels at the edges of strokes, whose colours a lossy file shares with those beside them. */
const STRANGE_SHARE = 0.05;

/** `lossy` says that the values are only near those that the file was made from. */
export function maskFromLayers(layers: Layers, lossy: boolean): ReadMask {
  const { pixels } = layers;
  const opacity = opacityOf(layers, lossy);
  if (opacity === undefined) {
    const grey = luminance(pixels);
    return { mask: lossy ? cleanLossyMask(grey) : grey, reading: "brightness" };
  }
  return showsOneColour(pixels, opacity.data, lossy)
    ? { mask: opacity, reading: "strokes" }
    : { mask: invertMask(opacity), reading: "hole" };
}

/** What is transparent, as a mask; `undefined` where a picture has no transparency. */
export function transparencyOf(layers: Layers, lossy: boolean): RepaintMask | undefined {
  const opacity = opacityOf(layers, lossy);
  return opacity && invertMask(opacity);
}

/** What is repainted and what is kept, turned round. */
export function invertMask({ width, height, data }: RepaintMask): RepaintMask {
  return repaintMaskOf(
    width,
    height,
    data.map((value) => 255 - value),
  );
}

/** The alpha channel; `undefined` where all is opaque. */
function opacityOf({ pixels: { width, height }, alpha }: Layers, lossy: boolean): RepaintMask | undefined {
  if (alpha === undefined) {
    return undefined;
  }
  const opacity = repaintMaskOf(width, height, alpha);
  if (!lossy) {
    return opacity;
  }
  const cleaned = cleanLossyMask(opacity);
  return cleaned.data.every((value) => value === 255) ? undefined : cleaned;
}

/**
 * Whether everything visible is of one colour, the mean of the most opaque pixels. The less opaque a pixel is, the less its colour
 * is known: programs round it, and mix it at antialiased edges with the colour of what is transparent.
 */
function showsOneColour({ data }: Pixels, opacity: Uint8Array, lossy: boolean): boolean {
  const most = opacity.reduce((highest, value) => Math.max(highest, value), 0);
  if (most === 0) {
    return false;
  }
  const sums = [0, 0, 0];
  let count = 0;
  opacity.forEach((value, pixel) => {
    if (value === most) {
      sums.forEach((sum, channel) => (sums[channel] = sum + (data[pixel * 3 + channel] ?? 0)));
      count++;
    }
  });
  const colour = sums.map((sum) => sum / count);
  const tolerance = lossy ? COLOUR_TOLERANCE.lossy : COLOUR_TOLERANCE.exact;
  let [visible, strange] = [0, 0];
  opacity.forEach((value, pixel) => {
    const allowed = tolerance + 255 * (1 - value / most);
    const differs = colour.some((mean, channel) => Math.abs((data[pixel * 3 + channel] ?? 0) - mean) > allowed);
    visible += value === 0 ? 0 : 1;
    strange += value !== 0 && differs ? 1 : 0;
  });
  return strange <= (lossy ? STRANGE_SHARE * visible : 0);
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
