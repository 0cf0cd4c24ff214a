/** What a call works on: nothing but a size, pictures to start from, or a picture of which a part is repainted. */
import { UsageError } from "../../errors.js";
import { movqScale } from "../../models/movq/config.js";
import type { Rectangle, Size } from "../../image/geometry.js";
import { UNET_STRIDE } from "../../models/unet/config.js";
import type { ReadInputs, SourcePixels } from "../request/inputs.js";
import type { Canvas } from "./inpainting/canvas.js";
import type { InpaintingSettings } from "../request/inpainting-options.js";
import { planCanvas } from "./inpainting/plan-canvas.js";
import type { ModelComponents } from "../../loading/model-components.js";
import { REFERENCE_SIDE } from "../request/resolve-settings.js";
import type { ParsedOptions } from "../request/options.js";
import { prepareSourceImages, type SizeRule, type SourceImages } from "./source-images.js";
import { imageShape } from "../../tensor/shape.js";

export interface SourceImage {
  readonly source?: SourceImages;
  readonly canvas?: Canvas;
  /** Of the pictures that come out. */
  readonly size: Size;
  readonly latentSize: Size;
  /** The part of what comes out that is given out; `undefined` for all of it. */
  readonly kept?: Rectangle | undefined;
  readonly notices: readonly string[];
}

/** What images have to be for a model. */
export function sizeRule(
  { movq, defaults }: ModelComponents,
  options: Pick<ParsedOptions, "fit" | "width" | "height">,
): SizeRule {
  const scale = movqScale(movq.config);
  const multiple = scale * UNET_STRIDE;
  const { width = REFERENCE_SIDE, height = REFERENCE_SIDE } = defaults;
  const up = (side: number | undefined): number | undefined => side && roundUp(side, multiple);
  return {
    fit: options.fit,
    width: up(options.width),
    height: up(options.height),
    area: width * height,
    scale,
    multiple,
  };
}

/** Throws `UsageError` for pictures that do not fit the model, each other, the mask or the prompts. */
export function sourceOf(
  parts: ModelComponents,
  options: ParsedOptions,
  { image, mask }: ReadInputs,
  inpainting: InpaintingSettings | undefined,
  prompts: number,
): SourceImage {
  const { movq, defaults } = parts;
  const scale = movqScale(movq.config);
  const multiple = scale * UNET_STRIDE;
  const { width = REFERENCE_SIDE, height = REFERENCE_SIDE } = defaults;
  if (image === undefined) {
    const wanted = { width: options.width ?? width, height: options.height ?? height };
    return textToImageSubject(wanted, multiple, scale);
  }
  return inpainting === undefined
    ? imageToImageSubject([image].flat(), sizeRule(parts, options), prompts)
    : canvasSubject(planCanvas(image, mask, inpainting, { model: { width, height }, scale, multiple }), scale);
}

/** The asked size rounded as the reference does, and a notice when it was. */
function textToImageSubject(wanted: Size, multiple: number, scale: number): SourceImage {
  const size = { width: roundUp(wanted.width, multiple), height: roundUp(wanted.height, multiple) };
  const notice = `the picture will be ${size.width} x ${size.height}: sides are rounded up to multiples of ${multiple} (asked: ${wanted.width} x ${wanted.height})`;
  const kept = size.width === wanted.width && size.height === wanted.height;
  return { size, latentSize: latentSizeOf(size, scale), notices: kept ? [] : [notice] };
}

function imageToImageSubject(images: readonly SourcePixels[], rule: SizeRule, prompts: number): SourceImage {
  const source = prepareSourceImages(images, rule);
  const { batch, width, height } = imageShape(source.images, "the images");
  if (batch !== 1 && batch !== prompts) {
    throw UsageError.of("image", `got ${batch} pictures for ${prompts} prompts, expected one, or one for each`);
  }
  const { kept, notices } = source;
  const latentSize = latentSizeOf({ width, height }, rule.scale);
  return { source, size: kept ?? { width, height }, latentSize, kept, notices };
}

function canvasSubject(canvas: Canvas, scale: number): SourceImage {
  const { height, width } = imageShape(canvas.picture, "the canvas");
  const { notices } = canvas;
  return { canvas, size: canvas, latentSize: latentSizeOf({ width, height }, scale), notices };
}

function latentSizeOf({ width, height }: Size, scale: number): Size {
  return { width: width / scale, height: height / scale };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
