/** What a library call gives: the plain options, which any front end can write down, and arrays beside them. */
import type { ImageInput } from "../../image/reading/image-input.js";
import type { RepaintMask } from "../../image/masks/mask.js";
import type { Size } from "../../image/geometry.js";
import type { Pixels } from "../../image/pixels.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { PromptEmbeds } from "../../engine/components/prompt-embeds.js";
import { type GenerateOptions, parseOptions, type ParsedOptions } from "./options.js";

/** A step that has just been done. */
export interface StepEnd {
  /** From 1. */
  readonly step: number;
  readonly timestep: number;
  /** `[N, 4, h, w]`. */
  readonly latents: Tensor;
}

/** Called after every step; latents that it returns replace the step's, as diffusers' callback does. */
export type CallbackOnStepEnd = (end: StepEnd) => Tensor | undefined | Promise<Tensor | undefined>;

export interface GenerateInputs extends GenerateOptions {
  /** The image to change, or one for each prompt. Alone it is image-to-image, with a mask or `extend` inpainting. */
  readonly image?: ImageInput | readonly ImageInput[];
  /** What of the image is repainted; of the image's size. Pixels of one channel are taken as they are, 255 being repainted. */
  readonly mask?: ImageInput;
  /** Initial noise `[N, 4, h, w]` instead of a drawn one; text-to-image only. */
  readonly latents?: Tensor;
  /** Embedded prompts instead of `prompt`; used as they are. */
  readonly promptEmbeds?: PromptEmbeds;
  readonly negativePromptEmbeds?: PromptEmbeds;
  readonly callbackOnStepEnd?: CallbackOnStepEnd;
  /** Stops the work: between steps, and at once where there are none. */
  readonly signal?: AbortSignal;
}

/** An image that was read, and its size where it was scaled meanwhile. */
export interface SourcePixels extends Pixels {
  readonly fullSize?: Size | undefined;
}

/** The inputs of a generation, their images being pixels. */
export interface ReadInputs extends Omit<GenerateInputs, "image" | "mask"> {
  readonly image?: readonly SourcePixels[] | SourcePixels | undefined;
  readonly mask?: RepaintMask | undefined;
}

/** The plain options among the inputs, checked. */
export function optionsOf({
  image: _image,
  mask: _mask,
  latents: _latents,
  promptEmbeds: _promptEmbeds,
  negativePromptEmbeds: _negativePromptEmbeds,
  callbackOnStepEnd: _callbackOnStepEnd,
  signal: _signal,
  ...options
}: GenerateInputs | ReadInputs): ParsedOptions {
  return parseOptions(options);
}
