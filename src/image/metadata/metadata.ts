/**
 * What made a picture, as it is kept inside the file: the parameters text that programs of the A1111 family read, and our own
 * JSON with everything that is needed to make the picture again.
 */
import * as z from "zod";
import { ImageError } from "../../errors.js";
import { parseExif, type ExifTexts } from "./exif.js";
import { isJpeg, isWebp, readJpegExif, readWebpExif } from "./exif-container.js";
import { recogniseImage } from "../reading/image-formats.js";
import { isPng, readPngTexts } from "./png-chunks.js";

/** Keywords of the two PNG text chunks. */
export const PARAMETERS_KEYWORD = "parameters";
export const SETTINGS_KEYWORD = "kandinsky3";

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
/** An object that JSON can hold. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** What an image file says about how the image was made. */
export interface ImageMetadata {
  readonly parameters: string;
  readonly settings: JsonObject;
}

const settingsSchema = z.record(z.string(), z.json());

/** Reads back what `encodePicture` wrote; of another program's picture only `parameters`, or nothing. */
export function readMetadata(file: Uint8Array): Partial<ImageMetadata> {
  const { parameters, settings } = readTexts(Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  return {
    ...(parameters === undefined ? {} : { parameters }),
    ...(settings === undefined ? {} : { settings: parseSettings(settings) }),
  };
}

function readTexts(file: Buffer): ExifTexts {
  if (isPng(file)) {
    const texts = readPngTexts(file);
    const [parameters, settings] = [texts.get(PARAMETERS_KEYWORD), texts.get(SETTINGS_KEYWORD)];
    return {
      ...(parameters === undefined ? {} : { parameters }),
      ...(settings === undefined ? {} : { settings }),
    };
  }
  if (!isJpeg(file) && !isWebp(file)) {
    const got = recogniseImage(file)?.name;
    throw new ImageError(
      `metadata cannot be read: expected a PNG, JPEG or WebP file, got ${got === undefined ? `${file.length} other bytes` : `a ${got} file, in which none is kept`}`,
    );
  }
  const block = isJpeg(file) ? readJpegExif(file) : readWebpExif(file);
  return block === undefined ? {} : parseExif(block);
}

function parseSettings(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new ImageError("the picture's settings are damaged: expected JSON", { cause: thrown });
  }
  const settings = settingsSchema.safeParse(value);
  if (!settings.success) {
    throw new ImageError("the picture's settings are damaged: expected a JSON object");
  }
  return settings.data;
}
