/** The ways in which an image is given to the library: a file, its address, its bytes, or pixels. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { ImageError, reasonOf } from "../../errors.js";
import { type ImageHeader, type Layers, type NamedBytes, readLayers, separateChannels } from "./decode.js";
import type { Size } from "../geometry.js";
import { isLossy } from "./lossy-format.js";
import { maskFromLayers, type ReadMask } from "../masks/mask-reading.js";
import { type RepaintMask, repaintMaskOf } from "../masks/mask.js";

/** Pixels without a file: rows from the top, 8 bits a channel, interleaved. `RawImage`, `RepaintMask` and `ImageData` are such. */
export interface RawPixels {
  readonly width: number;
  readonly height: number;
  /** `width * height * channels` bytes: grey, grey and alpha, RGB, or RGB and alpha. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A path, a URL object of a file, an address of the web, the bytes of a file, or pixels. */
export type ImageInput = string | URL | Uint8Array | RawPixels;

/** Which file an image came from. */
export interface SourceFile {
  /** `undefined` for bytes. */
  readonly name: string | undefined;
  readonly sha256: string;
}

/** An image that was given, and its file; `undefined` for pixels. */
export interface ReadImage {
  readonly layers: Layers;
  readonly file: SourceFile | undefined;
  /** Whether the values are only near those that the file was made from. */
  readonly lossy: boolean;
}

/**
 * Throws one `ImageError` that names the file, whatever is wrong.
 * @param sizeFor as of `readLayers`
 */
export async function readImageInput(
  input: ImageInput | NamedBytes,
  sizeFor?: (image: ImageHeader) => Size | undefined,
): Promise<ReadImage> {
  if (isPixels(input)) {
    return { layers: layersOf(input, "image"), file: undefined, lossy: false };
  }
  const file = fileOf(input);
  return { layers: await readLayers(file, sizeFor), ...(await aboutFile(file)) };
}

/** As `readImageInput`, for what is to be repainted; pixels of one channel are the mask itself. */
export async function readMaskInput(input: ImageInput | NamedBytes): Promise<ReadMask & Pick<ReadImage, "file">> {
  if (isPixels(input) && channelsOf(input, "mask") === 1) {
    return { mask: repaintMaskOf(input.width, input.height, bytesOf(input)), reading: "brightness", file: undefined };
  }
  const { layers, file, lossy } = await readImageInput(input);
  return { ...maskFromLayers(layers, lossy), file };
}

/** Reads a mask from a picture file as a call does. Throws `ImageError`. */
export async function readMask(file: string | Uint8Array): Promise<RepaintMask> {
  return (await readMaskInput(file)).mask;
}

function isPixels(input: ImageInput | NamedBytes): input is RawPixels {
  return typeof input === "object" && "width" in input && "height" in input && "data" in input;
}

function layersOf(pixels: RawPixels, name: string): Layers {
  const { width, height } = pixels;
  return separateChannels(bytesOf(pixels), { width, height, channels: channelsOf(pixels, name) });
}

function channelsOf({ width, height, data }: RawPixels, name: string): 1 | 2 | 3 | 4 {
  const channels = data.length / (width * height);
  if (channels === 1 || channels === 2 || channels === 3 || channels === 4) {
    return channels;
  }
  throw new ImageError(
    `${name}: got ${data.length} bytes for ${width} x ${height} pixels, expected 1 to 4 for each of them`,
  );
}

function bytesOf({ data }: RawPixels): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

function fileOf(input: Exclude<ImageInput | NamedBytes, RawPixels>): string | Uint8Array | NamedBytes {
  return input instanceof URL ? fileURLToPath(input) : input;
}

async function aboutFile(file: string | Uint8Array | NamedBytes): Promise<Pick<ReadImage, "file" | "lossy">> {
  const about = (bytes: Uint8Array, name?: string): Pick<ReadImage, "file" | "lossy"> => ({
    file: { name, sha256: createHash("sha256").update(bytes).digest("hex") },
    lossy: isLossy(bytes),
  });
  if (typeof file !== "string") {
    return "name" in file ? about(file.bytes, file.name) : about(file);
  }
  try {
    return about(await readFile(file), basename(file));
  } catch (thrown) {
    throw new ImageError(`the image ${JSON.stringify(file)} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
