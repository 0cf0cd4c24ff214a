/** What a job would cost, from its fields: tokens, true size and steps, seconds, memory, and the setting that fits. */
import { z } from "zod";
import { type DiskPlan, locateModel } from "../../planning/locate-model.js";
import type { MachineSpeed } from "../../planning/machine-speed.js";
import { availableMemory } from "../../planning/available-memory.js";
import { type ModelOutline, readOutline } from "../../planning/model-outline.js";
import { type ImagePlan, planModel } from "../../planning/plan-model.js";
import type { PlannedTexts } from "../../planning/planned-texts.js";
import type { HubClient } from "../../hub/download/client.js";
import { summarize } from "../../inspect/summary.js";
import { resolveModel } from "../../loading/resolve-model.js";
import { stepsOfStrength } from "../../pipeline/plan/strength.js";
import { PRESET_NAMES } from "../../pipeline/request/options/loading-options.js";
import { presetDtype } from "../../pipeline/request/presets.js";
import type { JsonObject } from "../../image/metadata/metadata.js";
import { readFields } from "../fields/job-fields.js";

const planSchema = z.object({
  width: z.int(),
  height: z.int(),
  steps: z.int().describe("that are really run"),
  dtype: z.string(),
  memory_bytes: z.number().describe("at most, at any time"),
  seconds: z.number().nullable().describe("null where nothing can be measured here"),
  seconds_per_step: z.number().nullable(),
});

export const estimateSchema = planSchema.extend({
  model: z.string(),
  tokens: z.int().describe("of the prompt that are used, the end mark included"),
  negative_tokens: z.int().nullable(),
  cut: z.string().nullable().describe("the end of the prompt, which is too long to be used"),
  images: z.int().describe("seconds are for all of them"),
  guided: z.boolean().describe("whether each step runs twice"),
  available_bytes: z.number(),
  fits: z.boolean(),
  alternative: planSchema.nullable().describe("the largest setting that fits, where the one asked for does not"),
  disk: z
    .object({ bytes: z.number(), download_bytes: z.number(), free_bytes: z.number() })
    .nullable()
    .describe("of a model on the Hub; null for one that is here"),
  notes: z.array(z.string()),
});
export type Estimate = z.output<typeof estimateSchema>;

/** The options that change what an image costs, as fields of a job. */
const demandSchema = z.object({
  negative_prompt: z.string().optional(),
  guidance_scale: z.number().optional(),
  strength: z.number().optional(),
  preset: z.enum(PRESET_NAMES).optional(),
});

export interface EstimateOptions {
  /** As the library opens it; one that is not here is asked for at the Hub. */
  readonly place: string;
  readonly fields: JsonObject;
  readonly client: HubClient;
  /** Of this machine, with what is to be said of it. */
  readonly speed: () => Promise<MeasuredHere>;
}

export interface MeasuredHere {
  readonly speed: MachineSpeed;
  readonly notes: readonly string[];
}

/** Throws what opening the model would throw, and `UsageError` with the names of fields. */
export async function estimate({ place, fields, client, speed: measured }: EstimateOptions): Promise<Estimate> {
  const { prompt, model, n, width, height, steps, dtype, image } = readFields(fields);
  const { negative_prompt: negativePrompt, guidance_scale: guidanceScale, strength, preset } = demandSchema.parse(fields);
  const { outline, disk } = await outlineOf(client, place, { prompt, negativePrompt });
  const { speed, notes } = await measured();
  const demand = {
    width,
    height,
    guidanceScale,
    numInferenceSteps: steps,
    dtype: dtype ?? (preset === undefined ? undefined : presetDtype(preset, weightsOf(outline))),
  };
  const { plan, availableBytes, fits, alternative } = planModel(outline, demand, speed, availableMemory());
  const run = image === undefined || strength === undefined ? undefined : stepsOfStrength(plan.numInferenceSteps, strength);
  const { texts } = outline;
  return {
    model,
    tokens: texts?.prompt.tokens ?? 0,
    negative_tokens: texts?.negativePrompt?.tokens ?? null,
    cut: texts?.prompt.droppedText ?? null,
    images: n,
    guided: plan.guided,
    ...planView(plan, run, n),
    available_bytes: availableBytes,
    fits,
    alternative: alternative === undefined ? null : planView(alternative, run, n),
    disk:
      disk === undefined
        ? null
        : { bytes: disk.bytes, download_bytes: disk.downloadBytes, free_bytes: disk.freeBytes },
    notes: [...outline.notes, ...notes],
  };
}

async function outlineOf(
  client: HubClient,
  place: string,
  texts: PlannedTexts,
): Promise<{ readonly outline: ModelOutline; readonly disk: DiskPlan | undefined }> {
  const { environment } = client;
  const here = await resolveModel(place, { environment }).catch(() => undefined);
  if (here !== undefined) {
    return { outline: await readOutline(here.folder, undefined, texts), disk: undefined };
  }
  return locateModel(client, place, { texts });
}

function weightsOf({ unets }: ModelOutline): number {
  const [unet] = unets.values();
  return unet === undefined ? 0 : summarize(unet.source).parameters;
}

/** @param run of the schedule's steps, where an image to start from leaves some out */
function planView(plan: ImagePlan, run: number | undefined, images: number): z.output<typeof planSchema> {
  const { width, height, numInferenceSteps, dtype, peakBytes, seconds, secondsPerStep } = plan;
  const steps = run ?? numInferenceSteps;
  const [text] = plan.phases;
  const once = text?.seconds ?? 0;
  const each = seconds - once - (numInferenceSteps - steps) * secondsPerStep;
  const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    width,
    height,
    steps,
    dtype,
    memory_bytes: Math.ceil(peakBytes),
    seconds: known(once + images * each),
    seconds_per_step: known(secondsPerStep),
  };
}
