/** What a file says of its image, read without decoding it: for whoever has to refuse what is too large before it takes memory. */
import { ImageError, reasonOf } from "../../errors.js";
import { loadSharp } from "../sharp.js";
import { type ImageHeader, MAX_PIXELS } from "./decode.js";
import { READ_FORMATS, recogniseImage } from "./image-formats.js";

/** Where a BMP file has its sides: little-endian, the height negative where rows go downwards. */
const BMP_SIDES = { width: 18, height: 22, end: 26 } as const;

export interface DescribedImage extends ImageHeader {
  readonly mime: string;
}

/** Throws one `ImageError`, whatever is wrong. */
export async function readHeader(bytes: Uint8Array): Promise<DescribedImage> {
  const format = recogniseImage(bytes);
  if (format === undefined || format.expected !== undefined) {
    const got = format === undefined ? `${bytes.length} bytes of something else` : `a ${format.name} file`;
    throw new ImageError(`the picture cannot be read: expected a ${READ_FORMATS} file, got ${got}`);
  }
  const header = format.name === "BMP" ? bmpHeader(bytes) : await otherHeader(bytes);
  if (header.width * header.height > MAX_PIXELS) {
    throw new ImageError(
      `the picture has ${header.width} x ${header.height} pixels, expected at most ${MAX_PIXELS} of them`,
    );
  }
  return header;
}

function bmpHeader(bytes: Uint8Array): DescribedImage {
  if (bytes.length < BMP_SIDES.end) {
    throw new ImageError("the picture cannot be read: it is damaged or cut short");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getInt32(BMP_SIDES.width, true), Math.abs(view.getInt32(BMP_SIDES.height, true))];
  return { width, height, hasAlpha: false, mime: "image/bmp" };
}

async function otherHeader(bytes: Uint8Array): Promise<DescribedImage> {
  const sharp = await loadSharp();
  try {
    const { width, height, hasAlpha, format, autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata();
    const size = { width: autoOrient.width || width, height: autoOrient.height || height };
    return { ...size, hasAlpha, mime: `image/${format === "heif" ? "avif" : format}` };
  } catch (thrown) {
    const reason = reasonOf(thrown).trim().replace(/\s+/g, " ");
    throw new ImageError(`the picture cannot be read: it is damaged or cut short (${reason})`, { cause: thrown });
  }
}
