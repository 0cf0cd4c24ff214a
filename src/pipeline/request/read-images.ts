/** The images of a call, read: every front end's files pass here, so that they mean the same everywhere. */
import { type ImageInput, readImageInput, readMaskInput, type SourceFile } from "../../image/reading/image-input.js";
import { invertMask, type ReadMask } from "../../image/masks/mask-reading.js";
import { UsageError } from "../../errors.js";
import { fetchImageUnder, isWebAddress, type WebRule } from "../../net/fetch-image.js";
import type { ImageHeader, NamedBytes } from "../../image/reading/decode.js";
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
 * @param web from where addresses of the web are fetched
 * @param sizeFor the size to which a large image that changes as a whole may be scaled while it is read
 */
export async function readImages(
  inputs: GenerateInputs,
  sizeFor: (full: Size) => Size | undefined = () => undefined,
  web: WebRule = "any",
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
  const here = async (one: ImageInput): Promise<ImageInput | NamedBytes> => fromWeb(one, web, inputs.signal);
  const read = await Promise.all(listOf(image).map(async (one) => readImageInput(await here(one), shrink)));
  const given = mask === undefined ? undefined : await readMaskInput(await here(mask));
  const files = { image: read.flatMap(({ file }) => file ?? []), mask: given?.file };
  const [first, ...others] = read;
  if (given !== undefined || first === undefined || others.length > 0) {
    const images = read.map(({ layers: { pixels, fullSize } }) => ({ ...pixels, fullSize }));
    const inverted = inputs.invertMask === true;
    const wanted = given && inverted ? invertMask(given.mask) : given?.mask;
    const notices = given === undefined ? [] : readingNotices(given, inverted);
    return { inputs: { ...rest, image: images, mask: wanted }, files, notices };
  }
  const { inputs: found, notices } = inputsFromLayers(first.layers, first.lossy, inputs);
  if (found.mask === undefined && inputs.invertMask === true) {
    throw UsageError.of("invertMask", "got without a mask, expected both or none", ["mask"]);
  }
  return { inputs: { ...rest, ...found }, files, notices };
}

/** What is given as an address of the web is fetched first. */
async function fromWeb(
  input: ImageInput,
  web: WebRule,
  signal: AbortSignal | undefined,
): Promise<ImageInput | NamedBytes> {
  if (!isWebAddress(input)) {
    return input;
  }
  const { address, bytes } = await fetchImageUnder(web, input, signal);
  return { name: address, bytes };
}

/** Says how a mask with transparency was read, and of an opaque one if it is of one grey, which hardly anybody means. */
function readingNotices({ mask, reading }: ReadMask, inverted: boolean): Notice[] {
  if (reading !== "brightness") {
    const [layer, painted] =
      reading === "strokes" ? ["a layer of strokes", "painted"] : ["a picture with a hole", "transparent"];
    const part = inverted ? `what is not ${painted}` : `what is ${painted}`;
    const message = `the mask is read as ${layer}: ${part} is repainted; invertMask turns it round`;
    return [{ message, options: ["invertMask"] }];
  }
  const [value = 0] = mask.data;
  return value > 0 && value < 255 && mask.data.every((other) => other === value)
    ? [{ message: `the mask has brightness ${value} of 255 everywhere: nothing in it says what is kept` }]
    : [];
}

function listOf(image: ImageInput | readonly ImageInput[]): readonly ImageInput[] {
  return Array.isArray(image) ? (image as readonly ImageInput[]) : [image as ImageInput];
}
