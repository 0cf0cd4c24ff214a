/** What of a picture is to change, where a front end has read it with its transparency. */
import type { Layers } from "../../image/reading/decode.js";
import { invertMask, transparencyOf } from "../../image/masks/mask-reading.js";
import type { Notice } from "../events.js";
import type { GenerateInputs, ReadInputs } from "./inputs.js";

export interface LayerInputs {
  readonly inputs: Pick<ReadInputs, "image" | "mask">;
  readonly notices: readonly Notice[];
}

/**
 * The image and the mask of a call that has none of its own: the transparent part of the image is the mask, unless a strength says
 * that the image as a whole is to change.
 */
export function inputsFromLayers(
  layers: Layers,
  lossy: boolean,
  { strength, invertMask: inverted }: Pick<GenerateInputs, "strength" | "invertMask">,
): LayerInputs {
  const image = { ...layers.pixels, fullSize: layers.fullSize };
  const transparent = strength === undefined ? transparencyOf(layers, lossy) : undefined;
  if (transparent === undefined) {
    return { inputs: { image }, notices: [] };
  }
  const [mask, part] = inverted === true ? [invertMask(transparent), "opaque"] : [transparent, "transparent"];
  const message = `the ${part} part of the picture is repainted; give strength to change all of it`;
  return { inputs: { image, mask }, notices: [{ message, options: ["strength"] }] };
}
