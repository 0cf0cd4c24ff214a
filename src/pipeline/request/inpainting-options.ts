/** What a picture with a mask, or one that grows, is made by. */
import type { z } from "zod";
import { UsageError } from "../../errors.js";
import type { Extension } from "../plan/inpainting/extend.js";
import { DEFAULT_MASK_PADDING } from "../plan/inpainting/region.js";
import type { inpaintingOptions } from "./options/source-options.js";
import type { generateSchema } from "./option-table.js";

export type InpaintingOptions = Pick<z.output<typeof generateSchema>, keyof typeof inpaintingOptions>;

/** How known parts reach the network: as further channels of a U-Net that was trained for it, or mixed into the latents. */
export type InpaintingMethod = "inpainting-unet" | "blending";

/** How a part of an image is repainted. */
export interface InpaintingSettings {
  readonly method: InpaintingMethod;
  readonly raw: boolean;
  readonly maskArea: "whole" | "only";
  readonly maskPadding: number;
  readonly maskBlur: number;
  /** Whether the mask was turned round as it was read. */
  readonly invertMask: boolean;
  readonly extend: Extension | undefined;
}

/** Completes the options of a picture with a mask. Throws `UsageError` where they contradict each other. */
export function resolveInpainting(options: InpaintingOptions, method: InpaintingMethod): InpaintingSettings {
  const { raw = false, maskArea = "whole" } = options;
  if (raw) {
    const got = (["maskArea", "maskPadding", "maskBlur", "extend"] as const).find(
      (name) => options[name] !== undefined,
    );
    if (got !== undefined) {
      throw UsageError.of(got, "got with raw, which does nothing but what the original does, expected one of them", [
        "raw",
      ]);
    }
  }
  if (maskArea === "whole" && options.maskPadding !== undefined) {
    throw UsageError.of("maskPadding", 'got without maskArea "only", expected both or none', ["maskArea"]);
  }
  return {
    method,
    raw,
    maskArea,
    maskPadding: options.maskPadding ?? DEFAULT_MASK_PADDING,
    maskBlur: options.maskBlur ?? 0,
    invertMask: options.invertMask ?? false,
    extend: options.extend,
  };
}
