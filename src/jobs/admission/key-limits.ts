/** What the limits of a key allow, looked at before a job is kept. */
import { readDefaults } from "../../loading/generation-config.js";
import { resolveModel } from "../../loading/resolve-model.js";
import { samplerDefaults, SAMPLERS } from "../../scheduler/samplers.js";
import { readFields, type ReadFields } from "../fields/job-fields.js";
import { pictureIdsIn } from "../fields/picture-fields.js";
import { LimitError } from "../job-errors.js";
import type { Admission, JobRequest } from "../job-request.js";
import type { ApiKeys } from "./api-keys.js";
import type { ServedModels } from "../models/served-models.js";
import type { Store } from "../store/store.js";

const DAY_MS = 24 * 3600_000;
/** Of the networks: pictures of such sides are worked on as they are, all others are fitted into the model's own area. */
const SIDE_UNIT = 64;
/** The released model's side. */
const USUAL_SIDE = 1024;

/** Throws `LimitError`. */
export function keyLimits(store: Store, keys: ApiKeys, models: ServedModels): Admission {
  return async (request) => {
    const key = request.owner === "" ? undefined : keys.get(request.owner);
    if (key === undefined || request.type !== "images") {
      return;
    }
    const { imagesPerDay, jobsAtATime, maxPixels, maxSteps } = key.limits;
    const fields = readFields(request.fields);
    const images = Math.max(fields.n, seedsIn(request));
    if (jobsAtATime !== undefined && store.jobs.openOf(request.owner) >= jobsAtATime) {
      throw new LimitError(`the key has ${jobsAtATime} jobs open, which is as many as it may have at a time`, 10);
    }
    if (imagesPerDay !== undefined) {
      requireImagesLeft(store, request.owner, images, imagesPerDay);
    }
    if (maxPixels === undefined && maxSteps === undefined) {
      return;
    }
    const { pixels, steps } = await askedFor(request, fields, store, models);
    if (maxPixels !== undefined && pixels > maxPixels) {
      throw new LimitError(`size: got ${pixels} pixels, the key allows ${maxPixels}`);
    }
    if (maxSteps !== undefined && steps > maxSteps) {
      throw new LimitError(`steps: got ${steps}, the key allows ${maxSteps}`);
    }
  };
}

/** Pictures that are still being made count as well. */
function requireImagesLeft(store: Store, owner: string, images: number, most: number): void {
  const now = Date.now();
  const made = store.pictures.countSince(owner, now - DAY_MS);
  const open = [...store.jobs.list({ owner, limit: 1000 }).jobs]
    .filter(({ status }) => status === "queued" || status === "running")
    .reduce((sum, { fields }) => sum + readFields(fields).n, 0);
  if (made + open + images > most) {
    const oldest = store.pictures.oldestSince(owner, now - DAY_MS) ?? now;
    const retryAfter = images > most ? undefined : Math.max(1, (oldest + DAY_MS - now) / 1000);
    throw new LimitError(`the key may have ${most} images in 24 hours, ${made + open} of them are used`, retryAfter);
  }
}

/** The size and the steps of the job, the model's own where the request does not say them. */
async function askedFor(
  { fields: sent }: JobRequest,
  fields: ReadFields,
  store: Store,
  models: ServedModels,
): Promise<{ readonly pixels: number; readonly steps: number }> {
  const { folder } = await resolveModel(models.locate(fields.model));
  const defaults = await readDefaults(folder);
  const named = SAMPLERS.find((name) => name === sent["sampler"]) ?? "original";
  const usual = Math.max(
    samplerDefaults(named, false).numInferenceSteps,
    samplerDefaults("ddpm", false).numInferenceSteps,
  );
  const own = (defaults.width ?? USUAL_SIDE) * (defaults.height ?? USUAL_SIDE);
  const [id] = pictureIdsIn(sent);
  const picture = id === undefined ? undefined : store.pictures.get(id);
  return {
    pixels:
      fields.width !== undefined || fields.height !== undefined
        ? (fields.width ?? defaults.width ?? USUAL_SIDE) * (fields.height ?? defaults.height ?? USUAL_SIDE)
        : picture === undefined
          ? own
          : pixelsOf(picture, own, fields),
    steps: fields.steps ?? defaults.numInferenceSteps ?? usual,
  };
}

/** Inpainting keeps the picture's size; image-to-image keeps sides that the networks take and fits all others. */
function pixelsOf(
  { width, height }: { readonly width: number; readonly height: number },
  own: number,
  { mask, extend }: ReadFields,
): number {
  const [across, down] = [(extend?.left ?? 0) + (extend?.right ?? 0), (extend?.top ?? 0) + (extend?.bottom ?? 0)];
  const kept = mask !== undefined || extend !== undefined || (width % SIDE_UNIT === 0 && height % SIDE_UNIT === 0);
  return kept ? (width + across) * (height + down) : Math.min(own, width * height);
}

function seedsIn({ fields }: JobRequest): number {
  return Array.isArray(fields["seed"]) ? fields["seed"].length : 1;
}
