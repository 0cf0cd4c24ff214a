/** Named trades of exactness for speed; `exact` is what runs without one. */
import type { GenerateOptions } from "./options.js";

export const PRESET_NAMES = ["exact", "balanced", "fast"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export interface Preset {
  /** As `dtype` of `Kandinsky3.fromPretrained`, for models that it makes faster; weights as they are stored when left out. */
  readonly dtype?: string;
  readonly options: Pick<GenerateOptions, "guidanceInterval" | "reuseFeatures">;
}

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  exact: { options: {} },
  balanced: { dtype: "int8", options: { reuseFeatures: 2 } },
  fast: { dtype: "int8", options: { reuseFeatures: 3, guidanceInterval: [0, 0.6] } },
};

/**
 * A U-Net with fewer weights has layers so small that rounding their inputs takes longer than int8 saves: with the bundled one's
 * 8 million a step takes twice as long, with the released one's 3 thousand million less than half (bench/README.md).
 */
const WEIGHTS_THAT_PAY = 100e6;

/** The type that a preset means for a U-Net of so many weights. */
export function presetDtype(name: PresetName, weights: number): string | undefined {
  return weights < WEIGHTS_THAT_PAY ? undefined : PRESETS[name].dtype;
}
