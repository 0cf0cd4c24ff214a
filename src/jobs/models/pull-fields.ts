/** What a client sends to have a model fetched. */
import { z } from "zod";
import type { JsonObject } from "../../image/metadata/metadata.js";

const LONGEST = 300;

export const pullFieldsSchema = z.object({
  model: z.string().min(1).max(LONGEST).describe("its name on the Hub, or a short one"),
  revision: z.string().min(1).max(LONGEST).optional().describe("branch, tag or commit; main when left out"),
  variant: z.string().min(1).max(LONGEST).optional().describe("which weight files, as fp16"),
});
export type PullFields = z.output<typeof pullFieldsSchema>;

export function readPullFields(fields: JsonObject): PullFields {
  return pullFieldsSchema.parse(fields);
}
