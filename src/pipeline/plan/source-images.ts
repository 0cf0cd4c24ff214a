/** The picture that image-to-image starts from. Reference: diffusers, image_processor.py and pipeline_kandinsky3_img2img.py. */
import { UsageError } from "../../errors.js";
import { networkInput, type Pixels } from "../../image/pixels.js";
import { resizePixels } from "../../image/resize.js";
import { concatRows, type Tensor } from "../../tensor/tensor.js";

export interface SourceImages {
  /** `[pictures, 3, H, W]` in -1..1. */
  readonly images: Tensor;
  readonly width: number;
  readonly height: number;
  readonly notices: readonly string[];
}

/**
 * Brings pictures to a size that the networks take: each side down to a multiple of `scale`, as the reference does. After
 * that both must be multiples of `multiple`, or the U-Net's levels would not meet; the reference fails there too.
 */
export function prepareSourceImages(pictures: readonly Pixels[], scale: number, multiple: number): SourceImages {
  const [first] = pictures;
  if (first === undefined) {
    throw UsageError.of("image", "expected at least one picture, got none");
  }
  const notices: string[] = [];
  const width = first.width - (first.width % scale);
  const height = first.height - (first.height % scale);
  for (const picture of pictures) {
    if (picture.width !== first.width || picture.height !== first.height) {
      throw UsageError.of(
        "image",
        `got pictures of ${first.width} x ${first.height} and ${picture.width} x ${picture.height}, expected one size`,
      );
    }
  }
  if (width === 0 || height === 0 || width % multiple !== 0 || height % multiple !== 0) {
    throw UsageError.of(
      "image",
      `got ${first.width} x ${first.height} pixels, expected sides that are multiples of ${multiple} (or less than ${scale} pixels more)`,
    );
  }
  if (width !== first.width || height !== first.height) {
    notices.push(`the picture is resized from ${first.width} x ${first.height} to ${width} x ${height}`);
  }
  return {
    images: concatRows(pictures.map((picture) => networkInput(resizePixels(picture, width, height)))),
    width,
    height,
    notices,
  };
}

/** The number of steps that are done when a picture is kept in part, in double precision as in the reference. */
export function stepsOfStrength(steps: number, strength: number): number {
  const kept = Math.min(Math.trunc(steps * strength), steps);
  if (kept < 1) {
    throw UsageError.of(
      "strength",
      `got ${strength}, which leaves none of ${steps} steps, expected at least ${1 / steps}`,
    );
  }
  return kept;
}
