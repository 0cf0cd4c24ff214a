/** The numbers of a generation that was asked for as a tensor. */
import type { GenerationResult } from "../../src/pipeline/events.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/** `[N, H, W, 3]`. */
export function valuesOf({ images }: Pick<GenerationResult, "images">): Tensor {
  if (images === undefined || !("shape" in images)) {
    throw new Error("expected a generation with the output type tensor");
  }
  return images;
}
