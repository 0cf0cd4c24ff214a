/** Pictures to files: lossless 8-bit RGB PNG, JPEG or WebP, each with what made the picture inside. */
import sharp from "sharp";
import { formatExif } from "./exif.js";
import { insertJpegExif, insertWebpExif } from "./exif-container.js";
import { PARAMETERS_KEYWORD, SETTINGS_KEYWORD, type ImageMetadata } from "./metadata.js";
import type { Pixels } from "./pixels.js";
import { insertPngTexts } from "./png-chunks.js";

export const PICTURE_FORMATS = ["png", "jpeg", "webp"] as const;
export type ImageFormat = (typeof PICTURE_FORMATS)[number];

/** Both lossy formats: where artefacts are hard to see; colours are not subsampled, flat red areas would show it. */
const LOSSY_QUALITY = 95;

export async function encodePicture(pixels: Pixels, format: ImageFormat, metadata?: ImageMetadata): Promise<Buffer> {
  const { width, height, channels, data } = pixels;
  const picture = sharp(data, { raw: { width, height, channels } });
  const texts = metadata && { parameters: metadata.parameters, settings: JSON.stringify(metadata.settings) };
  switch (format) {
    case "png": {
      const file = await picture.png().toBuffer();
      return texts
        ? insertPngTexts(file, { [PARAMETERS_KEYWORD]: texts.parameters, [SETTINGS_KEYWORD]: texts.settings })
        : file;
    }
    case "jpeg": {
      const file = await picture.jpeg({ quality: LOSSY_QUALITY, chromaSubsampling: "4:4:4" }).toBuffer();
      return texts ? insertJpegExif(file, formatExif(texts)) : file;
    }
    case "webp": {
      const file = await picture.webp({ quality: LOSSY_QUALITY, smartSubsample: true }).toBuffer();
      return texts ? insertWebpExif(file, formatExif(texts), width, height) : file;
    }
  }
}
