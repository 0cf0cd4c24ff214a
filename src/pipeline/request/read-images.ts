/** The images of a call, read: every front end's files pass here, so that they mean the same everywhere. */
import { type ImageInput, readImageInput, readMaskInput, type SourceFile } from "../../image/image-input.js";
import { UsageError } from "../../errors.js";
import { fetchImage, isWebAddress } from "../../hub/download/fetch-image.js";
import type { ImageHeader, NamedBytes } from "../../image/decode.js";
import type { Size } from "../../image/geometry.js";
import type { Notice } from "../events.js";
import type { GenerateInputs, ReadInputs } from "./inputs.js";
import { inputsFromLayers } from "./source-layers.js";

/** Which files a generation was made from. */
export interface SourceFiles {
  readonly image: readonly SourceFile[];
  readonly mask: SourceFile | undefined;
}

export interface ImagesRead {
  readonly inputs: ReadInputs;
  readonly files: SourceFiles;
  readonly notices: readonly Notice[];
}

/**
 * Throws `ImageError` for what cannot be read.
 * @param sizeFor the size to which a large image that changes as a whole may be scaled while it is read
 */
export async function readImages(
  inputs: GenerateInputs,
  sizeFor: (full: Size) => Size | undefined = () => undefined,
): Promise<ImagesRead> {
  const { image, mask, ...rest } = inputs;
  if (image === undefined) {
    if (mask !== undefined) {
      throw UsageError.of("mask", "got a mask without image, expected both or none", ["image"]);
    }
    return { inputs: rest, files: { image: [], mask: undefined }, notices: [] };
  }
  // Only where the whole image is changed may pixels be given up; transparency would make a part of it the mask.
  const whole = mask === undefined && inputs.extend === undefined;
  const shrink = (header: ImageHeader): Size | undefined =>
    whole && !(header.hasAlpha && inputs.strength === undefined) ? sizeFor(header) : undefined;
  const here = async (one: ImageInput): Promise<ImageInput | NamedBytes> => fromWeb(one, inputs.signal);
  const read = await Promise.all(listOf(image).map(async (one) => readImageInput(await here(one), shrink)));
  const given = mask === undefined ? undefined : await readMaskInput(await here(mask));
  const files = { image: read.flatMap(({ file }) => file ?? []), mask: given?.file };
  const [first, ...others] = read.map(({ layers }) => layers);
  if (given !== undefined || first === undefined || others.length > 0) {
    const images = read.map(({ layers: { pixels, fullSize } }) => ({ ...pixels, fullSize }));
    return { inputs: { ...rest, image: images, mask: given?.mask }, files, notices: [] };
  }
  const { inputs: found, notices } = inputsFromLayers(first, inputs);
  return { inputs: { ...rest, ...found }, files, notices };
}

/** What is given as an address of the web is fetched first. */
async function fromWeb(input: ImageInput, signal: AbortSignal | undefined): Promise<ImageInput | NamedBytes> {
  if (!isWebAddress(input)) {
    return input;
  }
  const { address, bytes } = await fetchImage(input, signal);
  return { name: address, bytes };
}

function listOf(image: ImageInput | readonly ImageInput[]): readonly ImageInput[] {
  return Array.isArray(image) ? (image as readonly ImageInput[]) : [image as ImageInput];
}
