/** From a picture and its mask to the canvas that the settings ask for. */
import { InternalError, UsageError } from "../../../errors.js";
import type { RepaintMask } from "../../../image/masks/mask.js";
import type { Pixels } from "../../../image/pixels.js";
import type { Canvas, MaskedImage } from "./canvas.js";
import { extendPicture } from "./extend.js";
import { fitCanvas, type FitOptions } from "./fit-canvas.js";
import type { InpaintingSettings } from "../../request/inpainting-options.js";
import { originalCanvas } from "./original-canvas.js";

/** Throws `UsageError` when there is not one picture, or when mask and picture differ in size. */
export function planCanvas(
  image: Pixels | readonly Pixels[],
  mask: RepaintMask | undefined,
  { raw, maskArea, maskPadding, maskBlur, extend }: InpaintingSettings,
  sizes: Pick<FitOptions, "model" | "scale" | "multiple">,
): Canvas {
  const [picture, ...others] = [image].flat();
  if (picture === undefined || others.length > 0) {
    throw UsageError.of("image", `got ${others.length + 1} pictures with a mask, expected one`);
  }
  const masked = maskedPicture(picture, mask, extend);
  return raw
    ? originalCanvas(masked, sizes.scale)
    : fitCanvas(masked, { area: maskArea, padding: maskPadding, blur: maskBlur, ...sizes });
}

function maskedPicture(
  picture: Pixels,
  mask: RepaintMask | undefined,
  extend: InpaintingSettings["extend"],
): MaskedImage {
  if (mask !== undefined && (mask.width !== picture.width || mask.height !== picture.height)) {
    throw UsageError.of(
      "mask",
      `got ${mask.width} x ${mask.height} pixels for a picture of ${picture.width} x ${picture.height}, expected the same size`,
    );
  }
  if (extend !== undefined) {
    return extendPicture(picture, mask, extend);
  }
  if (mask === undefined) {
    throw new InternalError("inpainting without a mask");
  }
  return { picture, mask };
}
