/**
 * Requests of `/sdapi/v1/txt2img` and `img2img` as fields of a job. Reference: stable-diffusion-webui, modules/api/models.py and
 * modules/processing.py. Their CFG scale is the usual one, ours is one lower.
 */
import { z } from "zod";
import { UsageError } from "../../../errors.js";
import type { JsonObject, JsonValue } from "../../../image/metadata/metadata.js";
import { SAMPLER_TITLES, SAMPLERS } from "../../../scheduler/samplers.js";
import { describeOption } from "../../../text/describe-issue.js";

const MOST_IMAGES = 64;

const number = z.number().nullish();
const text = z.string().nullish();
const flag = z.union([z.boolean(), z.number()]).nullish();

const shape = {
  prompt: text,
  negative_prompt: text,
  width: number,
  height: number,
  steps: number,
  cfg_scale: number.describe("the usual scale; the field guidance_scale of a job is one lower"),
  seed: number.describe("-1 is any"),
  batch_size: z.int().min(1).max(MOST_IMAGES).nullish(),
  n_iter: z.int().min(1).max(MOST_IMAGES).nullish(),
  sampler_name: text,
  sampler_index: text,
  scheduler: text,
  eta: number,
  send_images: z.boolean().nullish(),
  override_settings: z.record(z.string(), z.unknown()).nullish(),
};
export const textToImageSchema = z.looseObject(shape);
export const imageToImageSchema = z.looseObject({
  ...shape,
  init_images: z.array(z.string()).nullish().describe("base64, with or without a data URL before it"),
  denoising_strength: number,
  mask: text.describe("base64; white is made anew"),
  mask_blur: number,
  inpainting_mask_invert: flag,
  inpaint_full_res: flag.describe("work on the part around the mask alone"),
  inpaint_full_res_padding: number,
  resize_mode: z.int().nullish().describe("0 stretches, 1 crops, 2 pads"),
});

/** Fields that say nothing where they have their usual value, and of which nothing is said then. */
const HARMLESS: Readonly<Record<string, readonly JsonValue[]>> = {
  scheduler: ["Automatic", "automatic", ""],
  restore_faces: [false],
  tiling: [false],
  enable_hr: [false],
  save_images: [false],
  do_not_save_samples: [true, false],
  do_not_save_grid: [true, false],
  styles: [],
  subseed: [-1],
  subseed_strength: [0],
  clip_skip: [0, 1],
  send_images: [true, false],
  override_settings_restore_afterwards: [true, false],
};

const FITS = ["stretch", "crop", "pad"] as const;

export interface A1111Request {
  /** Of a job; pictures are data as they came. */
  readonly fields: JsonObject;
  readonly warnings: readonly string[];
  readonly sendsImages: boolean;
}

/** Throws `UsageError` with the field's name. */
export function readA1111(sent: JsonObject, edits: boolean, model: string | undefined): A1111Request {
  const schema = edits ? imageToImageSchema : textToImageSchema;
  const parsed = schema.safeParse(sent);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined) {
    throw new UsageError(describeOption(issue, sent, []), { options: [String(issue.path[0] ?? "")] });
  }
  // What one of the two has and the other has not is absent there.
  const asked = sent as z.output<typeof imageToImageSchema>;
  const warnings = unknownIn(sent, Object.keys(schema.shape));
  const count = (asked.batch_size ?? 1) * (asked.n_iter ?? 1);
  if (count > MOST_IMAGES) {
    throw UsageError.of("batch_size", `got ${count} images, expected at most ${MOST_IMAGES}`);
  }
  const seed = asked.seed ?? -1;
  const override = asked.override_settings?.["sd_model_checkpoint"];
  return {
    fields: withoutUndefined({
      prompt: asked.prompt ?? "",
      negative_prompt: asked.negative_prompt === "" ? undefined : (asked.negative_prompt ?? undefined),
      width: asked.width ?? undefined,
      height: asked.height ?? undefined,
      steps: asked.steps ?? undefined,
      guidance_scale: typeof asked.cfg_scale === "number" ? Math.max(0, asked.cfg_scale - 1) : undefined,
      sampler: samplerOf(asked.sampler_name ?? asked.sampler_index ?? undefined, warnings),
      n: count,
      seed: seed < 0 ? undefined : Array.from({ length: count }, (_, index) => seed + index),
      model: typeof override === "string" ? modelOf(override) : model,
      ...(edits ? editFields(asked) : {}),
    }),
    warnings,
    sendsImages: asked.send_images !== false,
  };
}

/** `name [hash]` and `folder/name.safetensors` as plug-ins write them. */
export function modelOf(title: string): string {
  return title.replace(/\s*\[[0-9a-f]*\]$/, "").replace(/\.(?:safetensors|ckpt)$/, "");
}

function editFields(asked: z.output<typeof imageToImageSchema>): Record<string, JsonValue | undefined> {
  const [image, ...others] = asked.init_images ?? [];
  if (image === undefined || others.length > 0) {
    throw UsageError.of("init_images", `got ${others.length + (image === undefined ? 0 : 1)} pictures, expected one`);
  }
  const { mask } = asked;
  const common = { image, fit: FITS[asked.resize_mode ?? 0] };
  if (typeof mask !== "string" || mask === "") {
    return { ...common, strength: asked.denoising_strength ?? 0.75 };
  }
  const full = asked.inpaint_full_res === true || asked.inpaint_full_res === 1;
  return {
    image,
    mask,
    // The result of inpainting has the size of its picture.
    width: undefined,
    height: undefined,
    strength: asked.denoising_strength ?? 0.75,
    invert_mask: asked.inpainting_mask_invert === true || asked.inpainting_mask_invert === 1 ? true : undefined,
    mask_blur: asked.mask_blur ?? undefined,
    mask_area: full ? "only" : undefined,
    mask_padding: full ? (asked.inpaint_full_res_padding ?? undefined) : undefined,
  };
}

/** Samplers of other models have no meaning here; the model's own is taken for them. */
function samplerOf(name: string | undefined, warnings: string[]): string | undefined {
  const known = SAMPLERS.find((one) => one === name?.toLowerCase() || SAMPLER_TITLES[one] === name);
  if (name !== undefined && name !== "" && known === undefined) {
    warnings.push(`sampler_name: ${JSON.stringify(name)} is not known here, the model's own is used`);
  }
  return known;
}

function unknownIn(sent: JsonObject, known: readonly string[]): string[] {
  return Object.entries(sent).flatMap(([name, value]) => {
    const usual = HARMLESS[name];
    const says = usual === undefined ? !known.includes(name) : !usual.includes(value) && !isEmpty(value);
    return says ? [`the field ${JSON.stringify(name)} changes nothing here`] : [];
  });
}

function isEmpty(value: JsonValue): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}

function withoutUndefined(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
