/** Pictures and previews inside of answers. */
import { loadSharp } from "../image/sharp.js";
import { readFields } from "../jobs/fields/job-fields.js";
import type { Job, KeptPicture } from "../jobs/job.js";
import { NotFoundError } from "./caller.js";
import type { Context } from "./context.js";

/** Throws `NotFoundError` for one that has been removed. */
export async function base64Of({ jobs }: Context, { id }: KeptPicture): Promise<string> {
  const picture = jobs.store.pictures.get(id);
  if (picture === undefined) {
    throw new NotFoundError(`the picture ${id} is not kept any more`);
  }
  return (await jobs.store.pictures.read(picture)).toString("base64");
}

/** A preview in the size and the format that the image will have, both in base64. */
export async function enlargedPreview(preview: string, { settings, fields }: Job): Promise<string> {
  const { width, height } = settings ?? {};
  const sharp = await loadSharp();
  const image = sharp(Buffer.from(preview, "base64"));
  const sized =
    typeof width === "number" && typeof height === "number"
      ? image.resize(width, height, { kernel: "cubic", fit: "fill" })
      : image;
  const { output_format: format } = readFields(fields);
  return (await sized.toFormat(format).toBuffer()).toString("base64");
}
