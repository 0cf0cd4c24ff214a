/** What a call works on: nothing but a size, pictures to start from, or a picture of which a part is repainted. */
import { UsageError } from "../../errors.js";
import { movqScale } from "../../models/movq/config.js";
import { UNET_STRIDE } from "../../models/unet/config.js";
import type { ReadInputs } from "../request/inputs.js";
import type { Canvas } from "./inpainting/canvas.js";
import type { InpaintingSettings } from "../request/inpainting-options.js";
import { planCanvas } from "./inpainting/plan-canvas.js";
import type { ModelComponents } from "../../loading/model-components.js";
import { REFERENCE_SIDE } from "../request/resolve-settings.js";
import type { ParsedOptions } from "../request/options.js";
import { prepareSourceImages, type SourceImages } from "./source-images.js";
import { axisSize, imageShape } from "../../tensor/shape.js";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface SourceImage {
  readonly source?: SourceImages;
  readonly canvas?: Canvas;
  /** Of the pictures that come out. */
  readonly size: Size;
  readonly latentSize: Size;
  readonly notices: readonly string[];
}

/** Throws `UsageError` for pictures that do not fit the model, each other, the mask or the prompts. */
export function sourceOf(
  { movq, defaults }: ModelComponents,
  options: ParsedOptions,
  { image, mask }: ReadInputs,
  inpainting: InpaintingSettings | undefined,
  prompts: number,
): SourceImage {
  const scale = movqScale(movq.config);
  const multiple = scale * UNET_STRIDE;
  const { width = REFERENCE_SIDE, height = REFERENCE_SIDE } = defaults;
  if (image === undefined) {
    const wanted = { width: options.width ?? width, height: options.height ?? height };
    return textToImageSubject(wanted, multiple, scale);
  }
  return inpainting === undefined
    ? imageToImageSubject([image].flat(), scale, multiple, prompts)
    : canvasSubject(planCanvas(image, mask, inpainting, { model: { width, height }, scale, multiple }), scale);
}

/** The asked size rounded as the reference does, and a notice when it was. */
function textToImageSubject(wanted: Size, multiple: number, scale: number): SourceImage {
  const size = { width: roundUp(wanted.width, multiple), height: roundUp(wanted.height, multiple) };
  const notice = `the picture will be ${size.width} x ${size.height}: sides are rounded up to multiples of ${multiple} (asked: ${wanted.width} x ${wanted.height})`;
  const kept = size.width === wanted.width && size.height === wanted.height;
  return { size, latentSize: latentSizeOf(size, scale), notices: kept ? [] : [notice] };
}

function imageToImageSubject(
  images: Parameters<typeof prepareSourceImages>[0],
  scale: number,
  multiple: number,
  prompts: number,
): SourceImage {
  const source = prepareSourceImages(images, scale, multiple);
  const pictures = axisSize(source.images.shape, 0);
  if (pictures !== 1 && pictures !== prompts) {
    throw UsageError.of("image", `got ${pictures} pictures for ${prompts} prompts, expected one, or one for each`);
  }
  return { source, size: source, latentSize: latentSizeOf(source, scale), notices: source.notices };
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
