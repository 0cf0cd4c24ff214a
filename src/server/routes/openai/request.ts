/** The fields of the images API, and what they are as fields of a job. Reference: openai-node, resources/images.ts. */
import { z } from "zod";
import { UsageError } from "../../../errors.js";
import type { JsonObject, JsonValue } from "../../../image/metadata/metadata.js";
import { describeOption } from "../../../text/describe-issue.js";
import { FIELD_SHAPE } from "../../../jobs/fields/field-table.js";

/** Taken without a word: they say nothing that this model could do differently. */
const WITHOUT_EFFECT = ["user", "moderation", "style", "input_fidelity"] as const;

/** Their fields that are not a job's. */
const OWN_SHAPE = {
  response_format: z.enum(["url", "b64_json"]).nullish(),
  quality: z
    .enum(["auto", "low", "medium", "high", "standard", "hd"])
    .nullish()
    .describe("low: preset fast; medium and standard: balanced; high and hd: exact"),
  background: z.enum(["auto", "opaque", "transparent"]).nullish().describe("images are always opaque"),
  stream: z.boolean().nullish(),
  partial_images: z.int().min(0).max(3).nullish().describe("previews of the running latents in a stream"),
  detached: z.boolean().nullish().describe("the job goes on when the client goes away"),
  extra_body: z.record(z.string(), z.unknown()).nullish().describe("further fields, as some clients send them"),
  ...Object.fromEntries(WITHOUT_EFFECT.map((name) => [name, z.string().nullish()])),
} as const;
export const ROUTE_FIELDS: readonly string[] = Object.keys(OWN_SHAPE);

const PROMPT = { prompt: z.string().max(32_000) } as const;

/** Unknown fields are let through, and named in a warning. */
export const generationSchema = z.looseObject({ ...FIELD_SHAPE, ...OWN_SHAPE, ...PROMPT });

const given = z.looseObject({ image_url: z.string().optional(), file_id: z.string().optional() });
export const editSchema = z.looseObject({
  ...FIELD_SHAPE,
  ...OWN_SHAPE,
  ...PROMPT,
  images: z.array(given).min(1).max(16).optional(),
  image: z.union([z.string(), z.array(z.string())]).nullish(),
  mask: z.union([z.string(), given]).nullish(),
});

/** A form with a file named `image`. */
export const variationSchema = z.looseObject({ ...FIELD_SHAPE, ...OWN_SHAPE });

const PRESETS: Readonly<Record<string, string>> = {
  low: "fast",
  medium: "balanced",
  standard: "balanced",
  high: "exact",
  hd: "exact",
};

/** Names that other clients give to fields of ours. */
const ALIASES: Readonly<Record<string, string>> = { num_inference_steps: "steps", num_images: "n" };

/** What the route itself does with a request. */
export interface Manner {
  readonly responseFormat: "url" | "b64_json";
  readonly streams: boolean;
  readonly partialImages: number;
  readonly detached: boolean;
  readonly warnings: readonly string[];
}

/** How a request is answered, and the fields of its job. Throws `UsageError` with the field's name. */
export function readRequest(body: JsonObject): { readonly fields: JsonObject; readonly manner: Manner } {
  const extra = body["extra_body"];
  const sent: JsonObject = { ...body, ...(isObject(extra) ? extra : {}) };
  const parsed = z.object(OWN_SHAPE).safeParse(sent);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined) {
    throw new UsageError(describeOption(issue, sent, []), { options: [String(issue.path[0] ?? "")] });
  }
  const warnings: string[] = [];
  const fields: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(sent)) {
    const own = ALIASES[name] ?? name;
    if (value !== null && !ROUTE_FIELDS.includes(own)) {
      fields[own] = value;
    }
  }
  const { quality, background, model } = sent;
  const preset = typeof quality === "string" ? PRESETS[quality] : undefined;
  if (preset !== undefined) {
    fields["preset"] ??= preset;
  }
  if (background === "transparent") {
    warnings.push('background: "transparent" changes nothing, the model paints opaque images');
  }
  if (fields["output_format"] !== undefined) {
    // Theirs is 100 where nothing is said.
    fields["output_compression"] ??= 100;
  }
  const streams = sent["stream"] === true;
  const partialImages = streams && typeof sent["partial_images"] === "number" ? sent["partial_images"] : 0;
  fields["previews"] ??= partialImages;
  const hardWired = typeof model === "string" && model.startsWith("dall-e") ? "url" : "b64_json";
  const responseFormat =
    sent["response_format"] === "url" || sent["response_format"] === "b64_json" ? sent["response_format"] : hardWired;
  return { fields, manner: { responseFormat, streams, partialImages, detached: sent["detached"] === true, warnings } };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
