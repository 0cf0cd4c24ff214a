/** What of a picture is to change, where a front end has read it with its transparency. */
import type { Layers } from "../../image/decode.js";
import { transparencyOf } from "../../image/mask.js";
import type { Notice } from "../events.js";
import type { GenerateInputs } from "./inputs.js";

export interface LayerInputs {
  readonly inputs: Pick<GenerateInputs, "image" | "mask">;
  readonly notices: readonly Notice[];
}

/**
 * The image and the mask of a call. Without a mask of its own the transparent part of the picture is the mask, unless a strength
 * says that the picture as a whole is to change.
 */
export function inputsFromLayers(
  layers: Layers,
  { mask, strength }: Pick<GenerateInputs, "strength"> & { readonly mask?: GenerateInputs["mask"] | undefined },
): LayerInputs {
  const image = layers.pixels;
  if (mask !== undefined) {
    return { inputs: { image, mask }, notices: [] };
  }
  const transparent = strength === undefined ? transparencyOf(layers) : undefined;
  if (transparent === undefined) {
    return { inputs: { image }, notices: [] };
  }
  const message = "the transparent part of the picture is repainted; give strength to change all of it";
  return { inputs: { image, mask: transparent }, notices: [{ message, options: ["strength"] }] };
}
