/** The samplers by name: which of them a checkpoint gets by itself, what it does without being told, and when it guides. */
import { DdpmScheduler } from "./ddpm.js";
import { FLASH_STEPS, FlashScheduler } from "./flash.js";
import { OriginalScheduler } from "./original.js";
import type { Scheduler } from "./scheduler.js";
import type { SchedulerConfig } from "./config.js";

/** `ddpm` as in diffusers; the other two as in the original repository, `flash` for the U-Net that was distilled for it. */
export const SAMPLERS = ["ddpm", "original", "flash"] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/** As other programs show them. */
export const SAMPLER_TITLES = {
  ddpm: "DDPM",
  original: "Kandinsky 3",
  flash: "Kandinsky 3 Flash",
} as const satisfies Record<SamplerName, string>;

/** Dynamic thresholding of the original pipelines, t2i_pipeline.py and inpainting_pipeline.py. */
const PERCENTILE = { generation: 0.99, inpainting: 0.95 } as const;

export interface SamplerDefaults {
  readonly numInferenceSteps: number;
  readonly guidanceScale: number;
}

/** The reference pipelines' own: Kandinsky3Pipeline.__call__ in diffusers, and the original's two pipelines. */
export function samplerDefaults(sampler: SamplerName, inpaints: boolean): SamplerDefaults {
  switch (sampler) {
    case "ddpm":
      return { numInferenceSteps: 25, guidanceScale: 3 };
    case "original":
      return { numInferenceSteps: 50, guidanceScale: inpaints ? 4 : 3 };
    case "flash":
      return { numInferenceSteps: FLASH_STEPS, guidanceScale: 0 };
  }
}

/** `config` is the checkpoint's own, which only `ddpm` reads. */
export function makeScheduler(
  sampler: SamplerName,
  inpaints: boolean,
  eta: number | undefined,
  config: SchedulerConfig,
): Scheduler {
  switch (sampler) {
    case "ddpm":
      return new DdpmScheduler(config);
    case "original":
      return new OriginalScheduler({
        eta: eta ?? DEFAULT_ETA,
        percentile: inpaints ? PERCENTILE.inpainting : PERCENTILE.generation,
      });
    case "flash":
      return new FlashScheduler();
  }
}

export const DEFAULT_ETA = 1;

/** Whether the other branch changes anything at this scale. */
export function isGuided(sampler: SamplerName, guidanceScale: number): boolean {
  return sampler === "ddpm" ? guidanceScale > 1 : sampler === "original" && guidanceScale > 0;
}
