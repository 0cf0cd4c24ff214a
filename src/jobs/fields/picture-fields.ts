/** The fields of a job that are pictures. When a job is kept, they hold the ids of kept pictures. */
import type { JsonObject } from "../../image/metadata/metadata.js";
import { readFields } from "./job-fields.js";

/** Ids of the pictures that a kept job names. */
export function pictureIdsIn(fields: JsonObject): string[] {
  const { image = [], mask } = readFields(fields);
  return [...(typeof image === "string" ? [image] : image), ...(mask === undefined ? [] : [mask])];
}
