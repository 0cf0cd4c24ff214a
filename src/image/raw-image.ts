/** An image in memory with what made it, as the library gives it out. */
import { extname } from "node:path";
import type { Sharp } from "sharp";
import { UsageError } from "../errors.js";
import { writeAtomically } from "../files/shared/write-atomically.js";
import { encodePicture, type EncodeOptions, type ImageFormat, openInSharp } from "./encode.js";
import type { ImageMetadata, JsonObject } from "./metadata/metadata.js";
import type { Pixels } from "./pixels.js";

const FORMATS: Readonly<Record<string, ImageFormat>> = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".webp": "webp",
};

/** How an image becomes a file. */
export interface SaveOptions extends Pick<EncodeOptions, "quality"> {
  /** Whether the file says what made the image; it does when left out. */
  readonly metadata?: boolean | undefined;
}

/** 8-bit RGB pixels, `data` being `RGBRGB…` with rows from the top. Named as in transformers.js. */
export class RawImage implements Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels = 3;
  readonly data: Uint8Array;

  constructor(
    { width, height, data }: Pixels,
    /** What is written into its files; `undefined` for an image that was not made here. */
    readonly metadata?: ImageMetadata,
  ) {
    this.width = width;
    this.height = height;
    this.data = data;
  }

  /** Everything that is needed to make the image again, in the library's option names. */
  get settings(): JsonObject | undefined {
    return this.metadata?.settings;
  }

  /** The bytes of a file. `quality` is of JPEG and WebP; PNG keeps every bit. Throws `UsageError` for a quality out of range. */
  async encode(format: ImageFormat = "png", { quality, metadata = true }: SaveOptions = {}): Promise<Buffer> {
    return encodePicture(this, format, { quality, metadata: metadata ? this.metadata : undefined });
  }

  /** Writes a file, whole or not at all; its ending says the format: `.png`, `.jpg`, `.jpeg` or `.webp`. Throws `UsageError`. */
  async save(file: string, options: SaveOptions & { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const format = FORMATS[extname(file).toLowerCase()];
    if (format === undefined) {
      const endings = Object.keys(FORMATS).join(" ");
      throw new UsageError(`save: expected a file name ending in one of ${endings}, got ${JSON.stringify(file)}`);
    }
    await writeAtomically(file, await this.encode(format, options), options.signal);
  }

  /** The image as an instance of the library `sharp`, to be resized, composed or written in other formats. */
  toSharp(): Promise<Sharp> {
    return openInSharp(this);
  }
}
