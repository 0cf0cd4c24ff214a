/** Named trades of exactness for speed: values over the table of options. `exact` is what runs without one. */
import type { PRESET_NAMES } from "./options/loading-options.js";
import type { GenerateOptions, LoadingOptions } from "./options.js";

/** Names of the presets; `exact` is what runs without one. */
export type PresetName = (typeof PRESET_NAMES)[number];

/** `dtype` is for models that it makes faster. */
export type Preset = Pick<LoadingOptions, "dtype"> & Pick<GenerateOptions, "guidanceInterval" | "reuseFeatures">;

/** MoVQ as well, which the word "int8" leaves alone: decoding takes half the time, and the image stays above 50 dB (docs/int8.md). */
const IN_8_BITS = "text_encoder=int8,unet=int8,movq=int8";

/** The options that each preset stands for. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  exact: {},
  balanced: { dtype: IN_8_BITS, reuseFeatures: 2 },
  fast: { dtype: IN_8_BITS, reuseFeatures: 3, guidanceInterval: [0, 0.6] },
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

/** The inputs of a call, completed by the preset's values of a generation: what is given wins. */
export function withPreset<Inputs extends GenerateOptions>(name: PresetName, inputs: Inputs): Inputs {
  const { dtype: _dtype, ...values } = PRESETS[name];
  const given = Object.entries(inputs).filter(([, value]) => value !== undefined);
  return { ...inputs, ...values, ...Object.fromEntries(given) };
}
