/** The options of changing a picture: as a whole, in the part that a mask names, or beyond its borders. */
import { z } from "zod";
import { DEFAULT_MASK_PADDING } from "../../plan/inpainting/region.js";
import { FITS } from "../../../image/fitting/fit-plan.js";
import { option } from "./row.js";

const MOST_PIXELS = 4096;
const pixels = z.int().min(0).max(MOST_PIXELS);
const withoutMask = (): string => "got without a mask, expected both or none";

export const changeOptions = {
  image: option({
    of: "input",
    flag: "--image <file|address>",
    help: "picture to start from",
    schema: z.string(),
    words: "a picture file",
    modes: ["image-to-image", "inpainting"],
    planned: false,
    record: "image",
  }),
  /** How much of the given image changes, above 0 and up to 1. With a mask: of what the mask names. */
  strength: option({
    of: "generation",
    flag: "--strength <x>",
    help: "how much of {image} is made anew",
    schema: z.number().gt(0).max(1),
    modes: ["image-to-image", "inpainting"],
    otherMode: (value) => `got ${String(value)} without an image, expected an image, or no strength`,
    planned: false,
    record: "strength",
  }),
  /** How an image that the networks cannot take as it is comes to its size; `crop` when left out. */
  fit: option({
    of: "generation",
    flag: "--fit <how>",
    help: "crop, pad or stretch {image} to the size that is worked on",
    default: '"crop"',
    schema: z.enum(FITS),
    modes: ["image-to-image"],
    otherMode: (value) => `got ${String(value)}, expected it for image-to-image alone`,
    planned: false,
    asGiven: true,
    record: "fit",
  }),
  mask: option({
    of: "input",
    flag: "--mask <file|address>",
    help: "what of {image} is made anew: white, strokes on a transparent layer, or a hole in a copy of {image}; of the same size",
    schema: z.string(),
    words: "a picture file",
    modes: ["inpainting"],
    planned: false,
    record: "mask",
  }),
} as const;

export const inpaintingOptions = {
  /** `only` works on the part around the mask, enlarged for the model; `whole` when left out. */
  maskArea: option({
    of: "generation",
    flag: "--mask-area <area>",
    help: "work on the whole picture, or only on the part around the mask",
    schema: z.enum(["whole", "only"]),
    modes: ["inpainting"],
    otherMode: withoutMask,
    planned: false,
    record: "inpainting",
  }),
  /** Pixels around the mask, for `maskArea: "only"`. */
  maskPadding: option({
    of: "generation",
    flag: "--mask-padding <pixels>",
    help: "how much around the mask, for {maskArea} only",
    default: String(DEFAULT_MASK_PADDING),
    unit: "pixels",
    schema: pixels,
    modes: ["inpainting"],
    otherMode: withoutMask,
    planned: false,
    record: "inpainting",
  }),
  /** What the mask repaints and what it keeps, turned round: of a mask file, or of a picture with a transparent part. */
  invertMask: option({
    of: "generation",
    flag: "--invert-mask",
    help: "make anew what the mask keeps, and keep the rest",
    schema: z.boolean(),
    modes: ["inpainting"],
    otherMode: withoutMask,
    planned: false,
    record: "inpainting",
  }),
  /** Width in pixels of the soft edge inside the mask. */
  maskBlur: option({
    of: "generation",
    flag: "--mask-blur <pixels>",
    help: "width of a soft edge inside the mask",
    default: "0",
    unit: "pixels",
    schema: pixels,
    modes: ["inpainting"],
    otherMode: withoutMask,
    planned: false,
    record: "inpainting",
  }),
  /** Pixels to add on each side of the picture. */
  extend: option({
    of: "generation",
    flag: "--extend <sides>",
    help: "grow the picture and paint the new part, as left=256,top=128",
    unit: "pixels",
    schema: z
      .strictObject({
        left: pixels.default(0),
        top: pixels.default(0),
        right: pixels.default(0),
        bottom: pixels.default(0),
      })
      .refine((sides) => Object.values(sides).some((side) => side > 0), "expected a side of more than 0 pixels"),
    words: "sides and whole numbers of pixels, as left=256,top=128",
    fromText: sidesOf,
    modes: ["inpainting"],
    otherMode: () => "got without an image, expected both or none",
    planned: false,
    record: "inpainting",
  }),
  /** The model's output as it is: at the original's own size, nothing put back into the picture. */
  raw: option({
    of: "generation",
    flag: "--raw",
    help: "with a mask: the model's own output, nothing put back into the picture",
    schema: z.boolean(),
    modes: ["inpainting"],
    otherMode: withoutMask,
    planned: false,
    record: "inpainting",
  }),
} as const;

/** `left=256,top=128`; `undefined` where a side is named twice, for which an object has no room. */
function sidesOf(text: string): Record<string, number> | undefined {
  const sides = text.split(",").map((part) => /^(left|top|right|bottom)=(\d+)$/.exec(part.trim()));
  const entries = sides.map((match) => [match?.[1] ?? "", Number(match?.[2])] as const);
  const names = new Set(entries.map(([side]) => side));
  return names.size === entries.length ? Object.fromEntries(entries) : undefined;
}
