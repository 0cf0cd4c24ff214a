/** Pictures in requests: data URLs and ids of pictures that are kept here. Checked by their headers before anything is decoded. */
import { ImageError, UsageError } from "../../errors.js";
import { loadSharp } from "../../image/sharp.js";
import { type DescribedImage, readHeader } from "../../image/reading/read-header.js";
import type { Jobs } from "../../jobs/jobs.js";
import { fetchImageUnder, type WebRule } from "../../net/fetch-image.js";

/** The images API's own limit. */
export const MAX_PICTURE_BYTES = 50 * 1024 ** 2;
/** What image-to-image takes at most: 100 megapixels. */
const MAX_PIXELS = 100e6;

const DATA_URL = /^data:(?:image\/[\w.+-]+|application\/octet-stream)?;base64,/i;
const PICTURE_ID = /^img_[0-9a-f-]{36}$/;

/** Where pictures are kept, and whose addresses are fetched. */
export interface Intake {
  readonly jobs: Jobs;
  readonly webImages: WebRule;
}

/** The id of the picture that a field gives, which is kept from now on. Throws `UsageError` or `ImageError` with the field's name. */
export async function takePicture(intake: Intake, owner: string, text: string, field: string): Promise<string> {
  const { jobs } = intake;
  if (PICTURE_ID.test(text)) {
    const known = jobs.store.pictures.get(text);
    if (known?.owner !== owner) {
      throw UsageError.of(field, `there is no picture ${text} here`);
    }
    return text;
  }
  return keepPicture(jobs, owner, await givenBytes(intake, text, field), field);
}

/** The bytes of a data URL, of plain base64, or of an address where the operator lets those be fetched. Throws as `takePicture`. */
export async function givenBytes({ webImages }: Intake, text: string, field: string): Promise<Uint8Array> {
  if (!/^https?:/i.test(text)) {
    return bytesOf(text, field);
  }
  if (webImages === "none") {
    throw UsageError.of(
      field,
      "this server fetches no addresses, expected a data URL or the id of a picture kept here",
    );
  }
  try {
    return (await fetchImageUnder(webImages, text)).bytes;
  } catch (thrown) {
    throw thrown instanceof ImageError
      ? new ImageError(`${field}: ${thrown.message}`, { cause: thrown, options: [field] })
      : thrown;
  }
}

/** Keeps a file that came with a request. Throws as `takePicture`. */
export async function keepPicture(jobs: Jobs, owner: string, bytes: Uint8Array, field: string): Promise<string> {
  const { width, height, mime } = await describe(bytes, field);
  return (await jobs.upload({ bytes, owner, width, height, mime })).id;
}

/** Throws as `takePicture`. */
export async function describe(bytes: Uint8Array, field: string): Promise<DescribedImage> {
  if (bytes.length > MAX_PICTURE_BYTES) {
    throw UsageError.of(field, `got ${bytes.length} bytes, expected at most ${MAX_PICTURE_BYTES}`);
  }
  try {
    const header = await readHeader(bytes);
    if (header.width * header.height > MAX_PIXELS) {
      throw new ImageError(`got ${header.width} x ${header.height} pixels, expected at most ${MAX_PIXELS}`);
    }
    return header;
  } catch (thrown) {
    throw thrown instanceof ImageError
      ? new ImageError(`${field}: ${thrown.message}`, { cause: thrown, options: [field] })
      : thrown;
  }
}

/**
 * The images API's mask as a mask of ours: what is fully transparent there is white, the rest black. Without transparency it is taken
 * as it is, white being repainted.
 */
export async function maskFromTransparency(bytes: Uint8Array): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const image = sharp(bytes);
  const { hasAlpha } = await image.metadata();
  return hasAlpha ? image.ensureAlpha().extractChannel("alpha").negate().threshold(255).png().toBuffer() : bytes;
}

/** The bytes of a data URL, or of plain base64. Throws `UsageError`. */
export function bytesOf(text: string, field: string): Buffer {
  const encoded = text.replace(DATA_URL, "");
  if (!/^[A-Za-z0-9+/_-]+={0,2}\s*$/.test(encoded)) {
    throw UsageError.of(field, "expected a data URL with base64, or the id of a picture kept here");
  }
  return Buffer.from(encoded, "base64");
}
