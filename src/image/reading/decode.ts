/**
 * Image files to 8-bit RGB, with the values that Pillow's `exif_transpose` and `convert("RGB")` give: gamma is not applied,
 * transparency is dropped and not composited, the EXIF orientation is applied, of an animation the first frame is taken. Two
 * differences are meant: a 16-bit grey image keeps its high bytes, where Pillow clips at 255, and an image with a colour profile
 * that is not sRGB arrives in the colours of sRGB.
 */
import { createReadStream } from "node:fs";
import type { OutputInfo, Sharp } from "sharp";
import { ImageError, reasonOf } from "../../errors.js";
import { pixelsOf, type Pixels } from "../pixels.js";
import type { Size } from "../geometry.js";
import { READ_FORMATS, recogniseImage } from "./image-formats.js";
import { loadSharp } from "../sharp.js";

/**
 * The most pixels that are decoded. It is where Pillow refuses a file as a decompression bomb, so whatever the reference reads
 * is read here too, and a picture needs 512 MiB at most.
 */
export const MAX_PIXELS = 178_956_970;
/** The most bytes of one file: above every sensible picture of `MAX_PIXELS`, and an end to `/dev/zero`. */
const MAX_FILE_BYTES = 1 << 29;
/** The bytes of a file, and the name that they had elsewhere. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A picture and its transparency. */
export interface Layers {
  readonly pixels: Pixels;
  /** One byte a pixel, 255 being opaque; `undefined` where every pixel is. */
  readonly alpha: Uint8Array | undefined;
  /** The size in the file, where the image was scaled while it was read. */
  readonly fullSize?: Size | undefined;
}

/** Reads a picture from a file or from the bytes of one. Throws one `ImageError` that names it, whatever is wrong. */
export async function readPicture(file: string | Uint8Array): Promise<Pixels> {
  return (await readLayers(file)).pixels;
}

/** What a file says of its image before it is decoded; sides as it is looked at. */
export interface ImageHeader extends Size {
  readonly hasAlpha: boolean;
}

/**
 * As `readPicture`, with the transparency beside the colours.
 * @param sizeFor the size to which an image is scaled while it is read, so that a large one never lies in the memory whole
 */
export async function readLayers(
  file: string | Uint8Array | NamedBytes,
  sizeFor: (image: ImageHeader) => Size | undefined = () => undefined,
): Promise<Layers> {
  const named = typeof file === "string" ? file : "name" in file ? file.name : undefined;
  const name = named === undefined ? "the given picture" : `the picture ${JSON.stringify(named)}`;
  const bytes = typeof file === "string" ? await readBytes(file, name) : "name" in file ? file.bytes : file;
  const format = recogniseImage(bytes);
  if (format?.expected !== undefined) {
    throw new ImageError(`${name} cannot be read: it is a ${format.name} file, ${format.expected}`);
  }
  if (format === undefined) {
    const got = bytes.length === 0 ? "nothing, it is empty" : `${bytes.length} bytes of something else`;
    throw new ImageError(`${name} cannot be read: expected a ${READ_FORMATS} file, got ${got}`);
  }
  try {
    return format.name === "BMP" ? await decodeBmp(bytes, name) : await decode(bytes, name, sizeFor);
  } catch (thrown) {
    if (thrown instanceof ImageError) {
      throw thrown;
    }
    const reason = reasonOf(thrown).trim().replace(/\s+/g, " ");
    throw new ImageError(`${name} cannot be read: it is damaged or cut short (${reason})`, { cause: thrown });
  }
}

async function decode(
  bytes: Uint8Array,
  name: string,
  sizeFor: (image: ImageHeader) => Size | undefined,
): Promise<Layers> {
  const sharp = await loadSharp();
  const open = (ignoreIcc: boolean): Sharp => sharp(bytes, { ignoreIcc, failOn: "error", limitInputPixels: false });
  const { width, height, space, icc, hasAlpha, orientation = 1 } = await open(true).metadata();
  checkPixels(name, width, height);
  const foreign = icc !== undefined && !isStandard(icc);
  if (space === "cmyk" && !foreign) {
    // Kept out of sharp's own conversion, which would go through a press profile.
    const inks = open(true).autoOrient().pipelineColourspace("cmyk").toColourspace("cmyk").raw();
    const { data, info } = await inks.toBuffer({ resolveWithObject: true });
    return { pixels: pixelsOf(info.width, info.height, rgbFromInks(data)), alpha: undefined };
  }
  const upright = orientation >= 5 ? { width: height, height: width } : { width, height };
  const scaled = sizeFor({ ...upright, hasAlpha });
  const oriented = open(!foreign).autoOrient();
  const image = scaled === undefined ? oriented : oriented.resize({ ...scaled, fit: "fill", kernel: "cubic" });
  const { data, info } = await (foreign ? image.toColourspace("srgb") : image)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { ...separateChannels(data, info), ...(scaled === undefined ? {} : { fullSize: upright }) };
}

/** Nearly every camera and program writes the profile of sRGB, through which nothing may change, not even by rounding. */
function isStandard(profile: Uint8Array): boolean {
  const text = Buffer.from(profile).toString("latin1").replaceAll("\0", "");
  return /sRGB/.test(text);
}

async function decodeBmp(bytes: Uint8Array, name: string): Promise<Layers> {
  const { decode: decodeFile } = await import("bmp-ts");
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkPixels(name, header.readInt32LE(18), Math.abs(header.readInt32LE(22)));
  const { width, height, data } = decodeFile(header, { toRGBA: true });
  const { pixels } = separateChannels(data, { width, height, channels: 4 });
  return { pixels, alpha: undefined }; // The fourth byte is filling in nearly all such files.
}

function checkPixels(name: string, width: number, height: number): void {
  if (width * height > MAX_PIXELS) {
    throw new ImageError(`${name} is too large: expected at most ${MAX_PIXELS} pixels, got ${width}x${height}`);
  }
}

/** Grey, grey with alpha, RGB or RGB with alpha, taken apart. */
export function separateChannels(
  data: Uint8Array,
  { width, height, channels }: Pick<OutputInfo, "width" | "height" | "channels">,
): Layers {
  if (channels === 3) {
    return { pixels: pixelsOf(width, height, data), alpha: undefined };
  }
  const [green, blue] = channels === 4 ? [1, 2] : [0, 0];
  const rgb = new Uint8Array(width * height * 3);
  const alpha = new Uint8Array(channels === 1 ? 0 : width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * channels;
    rgb[pixel * 3] = data[from] ?? 0;
    rgb[pixel * 3 + 1] = data[from + green] ?? 0;
    rgb[pixel * 3 + 2] = data[from + blue] ?? 0;
    if (channels !== 1) {
      alpha[pixel] = data[from + channels - 1] ?? 0;
    }
  }
  const opaque = alpha.every((opacity) => opacity === 255);
  return { pixels: pixelsOf(width, height, rgb), alpha: opaque ? undefined : alpha };
}

/** Inks to light by the plain formula `(255 - ink) * (255 - black) / 255`, rounded as Pillow's Convert.c rounds it. */
function rgbFromInks(inks: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((inks.length / 4) * 3);
  for (let pixel = 0; pixel < inks.length / 4; pixel++) {
    const light = 255 - (inks[pixel * 4 + 3] ?? 0);
    for (let channel = 0; channel < 3; channel++) {
      const product = (inks[pixel * 4 + channel] ?? 0) * light + 128;
      rgb[pixel * 3 + channel] = Math.max(light - (((product >> 8) + product) >> 8), 0);
    }
  }
  return rgb;
}

async function readBytes(file: string, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_FILE_BYTES) {
        throw new ImageError(`${name} cannot be read: expected at most ${MAX_FILE_BYTES} bytes, got more`);
      }
    }
  } catch (thrown) {
    if (thrown instanceof ImageError) {
      throw thrown;
    }
    throw new ImageError(`${name} cannot be read: ${readFailure(thrown)}`, { cause: thrown });
  }
  return Buffer.concat(chunks, length);
}

function readFailure(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EISDIR":
      return "it is a folder, expected a file";
    case "EACCES":
      return "permission is denied";
    default:
      return reasonOf(thrown);
  }
}
