/** Edits and variations as fields of a job. */
import { UsageError } from "../../../errors.js";
import type { JsonObject, JsonValue } from "../../../image/metadata/metadata.js";
import { loadSharp } from "../../../image/sharp.js";
import type { Context } from "../../context.js";
import { describe, givenBytes, keepPicture, maskFromTransparency, takePicture } from "../../intake/take-picture.js";
import type { Form } from "./form.js";

/** How much of a picture is made again where nothing is said: an edit follows its prompt, a variation stays near its picture. */
const EDIT_STRENGTH = 0.7;
const VARIATION_STRENGTH = 0.5;

/** What a request gives as a picture: bytes of a file, or a text. */
type Given = Uint8Array | string;

/** Pictures become ids of kept ones; where the mask is transparent, or the picture itself, is repainted. Throws `UsageError`. */
export async function editFields(
  context: Context,
  owner: string,
  { fields, files }: Form,
): Promise<{ readonly fields: JsonObject; readonly warnings: readonly string[] }> {
  const { images: _images, image: _image, mask: _mask, ...rest } = fields;
  const pictures = picturesIn({ fields, files });
  const [first, ...others] = pictures;
  if (first === undefined) {
    throw UsageError.of("image", "got none, expected a picture");
  }
  const warnings = others.length === 0 ? [] : [`image: of ${pictures.length} pictures the first is changed`];
  const image = await kept(context, owner, first, "image");
  const mask = await maskOf(context, owner, { fields, files }, first);
  if (mask === undefined) {
    return { fields: { strength: EDIT_STRENGTH, ...rest, image }, warnings };
  }
  const { size, width: _width, height: _height, ...more } = rest;
  if (size !== undefined && size !== "auto") {
    warnings.push("size: the result has the size of the picture, since what is not repainted keeps its pixels");
  }
  return { fields: { ...more, image, mask }, warnings };
}

/** Without a prompt, at a strength of 0.5 unless another is asked for. Throws `UsageError`. */
export async function variationFields(context: Context, owner: string, { fields, files }: Form): Promise<JsonObject> {
  const file = files.find(({ field }) => field === "image");
  if (file === undefined) {
    throw UsageError.of("image", "got none, expected a picture");
  }
  const image = await keepPicture(context.jobs, owner, file.bytes, "image");
  return { prompt: "", strength: VARIATION_STRENGTH, ...fields, image };
}

function picturesIn({ fields, files }: Form): Given[] {
  const sent = files.filter(({ field }) => field === "image" || field === "image[]").map(({ bytes }) => bytes);
  const { images, image } = fields;
  const listed: readonly JsonValue[] = Array.isArray(images)
    ? images
    : Array.isArray(image)
      ? image
      : image === undefined
        ? []
        : [image];
  return [...sent, ...listed.flatMap((one) => textOf(one) ?? [])];
}

/** A plain text, `{"image_url"}` or `{"file_id"}`. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return typeof value === "string" ? value : undefined;
  }
  const { image_url: url, file_id: id } = value as JsonObject;
  return typeof url === "string" ? url : typeof id === "string" ? id : undefined;
}

/** The id of a mask of ours; `undefined` where the whole picture is changed. */
async function maskOf(
  context: Context,
  owner: string,
  { fields, files }: Form,
  image: Given,
): Promise<string | undefined> {
  const given = files.find(({ field }) => field === "mask")?.bytes ?? textOf(fields["mask"]);
  const bytes = await bytesOfGiven(context, owner, given ?? image, given === undefined ? "image" : "mask");
  if (given === undefined && !(await isTransparent(bytes))) {
    return undefined;
  }
  return keepPicture(context.jobs, owner, await maskFromTransparency(bytes), "mask");
}

/** Whether any pixel is fully transparent. */
async function isTransparent(bytes: Uint8Array): Promise<boolean> {
  const { hasAlpha } = await describe(bytes, "image");
  if (!hasAlpha) {
    return false;
  }
  const sharp = await loadSharp();
  const { channels } = await sharp(bytes).ensureAlpha().extractChannel("alpha").stats();
  return channels[0]?.min === 0;
}

async function bytesOfGiven(context: Context, owner: string, given: Given, field: string): Promise<Uint8Array> {
  if (typeof given !== "string") {
    return given;
  }
  const { pictures } = context.jobs.store;
  const known = pictures.get(given);
  return known?.owner === owner ? pictures.read(known) : givenBytes(context, given, field);
}

async function kept(context: Context, owner: string, given: Given, field: string): Promise<string> {
  return typeof given === "string"
    ? takePicture(context, owner, given, field)
    : keepPicture(context.jobs, owner, given, field);
}
