/** The images that image-to-image starts from. Reference: diffusers, image_processor.py and pipeline_kandinsky3_img2img.py. */
import { UsageError } from "../../errors.js";
import { fitImage } from "../../image/fitting/fit-image.js";
import { describeFit, type FitRule, planFit } from "../../image/fitting/fit-plan.js";
import { formatSides, type Rectangle, sameSides, type Size } from "../../image/geometry.js";
import { networkInput, type Pixels } from "../../image/pixels.js";
import { resizePixels } from "../../image/resize.js";
import { concatRows, type Tensor } from "../../tensor/tensor.js";
import type { SourcePixels } from "../request/inputs.js";

export interface SourceImages {
  /** `[images, 3, H, W]` in -1..1. */
  readonly images: Tensor;
  /** The part of what comes out that is given out; `undefined` for all of it. */
  readonly kept: Rectangle | undefined;
  readonly notices: readonly string[];
}

/** Files of more pixels are scaled while they are read, so that they do not lie in the memory as a whole. */
const LARGE_PIXELS = 8_000_000;
const DEFAULT_FIT = "crop";

/** What the networks ask of sizes: MoVQ of multiples of `scale`, the U-Net's levels of multiples of `multiple`. */
export interface SizeRule extends Omit<FitRule, "fit"> {
  readonly fit: FitRule["fit"] | undefined;
  readonly scale: number;
}

/**
 * Brings images to a size that the networks take. Where the reference takes their size (each side down to a multiple of `scale`,
 * which must be one of `multiple`) it stays; all others are fitted, as those are that a size is asked for.
 */
export function prepareSourceImages(pictures: readonly SourcePixels[], rule: SizeRule): SourceImages {
  const [first] = pictures.map(fullSize);
  if (first === undefined) {
    throw UsageError.of("image", "expected at least one picture, got none");
  }
  const asked = rule.width !== undefined || rule.height !== undefined;
  const other = pictures.map(fullSize).find((size) => !sameSides(size, first));
  if (other !== undefined && !asked) {
    throw UsageError.of("image", `got pictures of ${formatSides(first)} and ${formatSides(other)}, expected one size`);
  }
  const reference = referenceSize(first, rule);
  if (reference !== undefined && !asked) {
    const kept = sameSides(reference, first);
    return {
      images: stack(pictures.map((picture) => resizePixels(picture, reference.width, reference.height))),
      kept: undefined,
      notices: kept ? [] : [`the picture is resized from ${formatSides(first)} to ${formatSides(reference)}`],
    };
  }
  const fitRule = { ...rule, fit: rule.fit ?? DEFAULT_FIT };
  const plans = pictures.map((picture) => planFit(fullSize(picture), fitRule));
  const [plan = planFit(first, fitRule)] = plans;
  const images = stack(pictures.map((picture, index) => fitImage(picture, fullSize(picture), plans[index] ?? plan)));
  return {
    images,
    kept: sameSides(plan.kept, plan.size) ? undefined : plan.kept,
    notices: sameSides(plan.size, first) ? [] : [describeFit(first, plan)],
  };
}

/** The size that the whole of a large file may be scaled to while it is read; `undefined` where every pixel counts. */
export function sizeToRead(full: Size, rule: SizeRule): Size | undefined {
  const asked = rule.width !== undefined || rule.height !== undefined;
  if (full.width * full.height < LARGE_PIXELS || (referenceSize(full, rule) !== undefined && !asked)) {
    return undefined;
  }
  const { wholeScaled } = planFit(full, { ...rule, fit: rule.fit ?? DEFAULT_FIT });
  const shrinks = wholeScaled.width < full.width / 2 && wholeScaled.height < full.height / 2;
  return shrinks ? { width: 2 * wholeScaled.width, height: 2 * wholeScaled.height } : undefined;
}

/** `undefined` where the reference takes no such size. */
function referenceSize({ width, height }: Size, { scale, multiple }: SizeRule): Size | undefined {
  const size = { width: width - (width % scale), height: height - (height % scale) };
  const fits = (side: number): boolean => side > 0 && side % multiple === 0;
  return fits(size.width) && fits(size.height) ? size : undefined;
}

function fullSize({ width, height, fullSize: full }: SourcePixels): Size {
  return full ?? { width, height };
}

function stack(images: readonly Pixels[]): Tensor {
  return concatRows(images.map(networkInput));
}
