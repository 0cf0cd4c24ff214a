/** Named trades of exactness for speed; `exact` is what runs without one. */
import type { GenerateOptions } from "./settings.js";

export const PRESET_NAMES = ["exact", "balanced", "fast"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export interface Preset {
  /** As `dtype` of `Kandinsky3.fromPretrained`; weights as they are stored when left out. */
  readonly dtype?: string;
  readonly options: Pick<GenerateOptions, "guidanceInterval" | "reuseFeatures">;
}

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  exact: { options: {} },
  balanced: { dtype: "int8", options: { reuseFeatures: 2 } },
  fast: { dtype: "int8", options: { reuseFeatures: 3, guidanceInterval: [0, 0.6] } },
};
