/** The options of inpainting and outpainting. */
import { z } from "zod";
import { UsageError } from "../../errors.js";
import type { Extension } from "../plan/inpainting/extend.js";
import { DEFAULT_MASK_PADDING } from "../plan/inpainting/region.js";

const MOST_PIXELS = 4096;
const pixels = z.int().min(0).max(MOST_PIXELS);

export const inpaintingShape = {
  /** The model's output as it is: at the original's own size, nothing put back into the picture. */
  raw: z.boolean().optional(),
  /** `only` works on the part around the mask, enlarged for the model. */
  maskArea: z.enum(["whole", "only"]).optional(),
  /** Pixels around the mask, for `maskArea: "only"`. */
  maskPadding: pixels.optional(),
  /** Width in pixels of the soft edge inside the mask. */
  maskBlur: pixels.optional(),
  /** Pixels to add on each side of the picture. */
  extend: z
    .strictObject({
      left: pixels.default(0),
      top: pixels.default(0),
      right: pixels.default(0),
      bottom: pixels.default(0),
    })
    .refine((sides) => Object.values(sides).some((side) => side > 0), "expected a side of more than 0 pixels")
    .optional(),
} as const;

export type InpaintingOptions = z.output<z.ZodObject<typeof inpaintingShape>>;

/** How known parts reach the network: as further channels of a U-Net that was trained for it, or mixed into the latents. */
export type InpaintingMethod = "inpainting-unet" | "blending";

export interface InpaintingSettings {
  readonly method: InpaintingMethod;
  readonly raw: boolean;
  readonly maskArea: "whole" | "only";
  readonly maskPadding: number;
  readonly maskBlur: number;
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
      throw new UsageError(`${got}: got with raw, which does nothing but what the original does, expected one of them`);
    }
  }
  if (maskArea === "whole" && options.maskPadding !== undefined) {
    throw new UsageError('maskPadding: got without maskArea "only", expected both or none');
  }
  return {
    method,
    raw,
    maskArea,
    maskPadding: options.maskPadding ?? DEFAULT_MASK_PADDING,
    maskBlur: options.maskBlur ?? 0,
    extend: options.extend,
  };
}

/** Refuses options that mean nothing without a mask. */
export function refuseInpainting(options: InpaintingOptions): void {
  const got = (["raw", "maskArea", "maskPadding", "maskBlur", "extend"] as const).find(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  if (got !== undefined) {
    throw new UsageError(`${got}: got without ${got === "extend" ? "an image" : "a mask"}, expected both or none`);
  }
}
