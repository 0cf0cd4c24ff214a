/** Pictures to files: lossless 8-bit RGB PNG, JPEG or WebP, each with what made the picture inside. */
import type { Sharp } from "sharp";
import { UsageError } from "../errors.js";
import { formatExif } from "./metadata/exif.js";
import { insertJpegExif, insertWebpExif } from "./metadata/exif-container.js";
import { PARAMETERS_KEYWORD, SETTINGS_KEYWORD, type ImageMetadata } from "./metadata/metadata.js";
import type { Pixels } from "./pixels.js";
import { insertPngTexts } from "./metadata/png-chunks.js";
import { loadSharp } from "./sharp.js";

export const PICTURE_FORMATS = ["png", "jpeg", "webp"] as const;
/** The formats in which images are written. */
export type ImageFormat = (typeof PICTURE_FORMATS)[number];

/** Both lossy formats: where artefacts are hard to see; colours are not subsampled, flat red areas would show it. */
const LOSSY_QUALITY = 95;

export interface EncodeOptions {
  /** Of JPEG and WebP, 1 to 100; 95 when left out. */
  readonly quality?: number | undefined;
  readonly metadata?: ImageMetadata | undefined;
}

/** PNG keeps every bit and has no use for `quality`. Throws `UsageError` for a quality out of range. */
export async function encodePicture(
  pixels: Pixels,
  format: ImageFormat,
  { quality = LOSSY_QUALITY, metadata }: EncodeOptions = {},
): Promise<Buffer> {
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw UsageError.of("quality", `expected a whole number from 1 to 100, got ${quality}`);
  }
  const picture = await openInSharp(pixels);
  const texts = metadata && { parameters: metadata.parameters, settings: JSON.stringify(metadata.settings) };
  switch (format) {
    case "png": {
      const file = await picture.png().toBuffer();
      return texts
        ? insertPngTexts(file, { [PARAMETERS_KEYWORD]: texts.parameters, [SETTINGS_KEYWORD]: texts.settings })
        : file;
    }
    case "jpeg": {
      const file = await picture.jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer();
      return texts ? insertJpegExif(file, formatExif(texts)) : file;
    }
    case "webp": {
      const file = await picture.webp({ quality, smartSubsample: true }).toBuffer();
      return texts ? insertWebpExif(file, formatExif(texts), pixels.width, pixels.height) : file;
    }
  }
}

/** The pixels as an instance of the library `sharp`. Throws `ImageError` where it does not load. */
export async function openInSharp({ width, height, channels, data }: Pixels): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels } });
}
