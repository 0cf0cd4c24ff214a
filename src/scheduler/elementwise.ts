/** Elementwise arithmetic of samplers. The function computes in double precision and rounds where PyTorch's float32 would. */
import { InternalError } from "../errors.js";
import { formatShape, sameShape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";

/** `combine` of the elements of two tensors of one shape. */
export function combine(a: Tensor, b: Tensor, combineElements: (a: number, b: number) => number): Tensor {
  if (!sameShape(a.shape, b.shape)) {
    throw new InternalError(`samples of shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} do not fit`);
  }
  // The arrays are equally long, as their shapes are the same.
  return tensor(
    a.shape,
    a.data.map((value, i) => combineElements(value, b.data[i] as number)),
  );
}

export function map(source: Tensor, mapElement: (value: number) => number): Tensor {
  return tensor(source.shape, source.data.map(mapElement));
}

/** `torch.clamp`: NaN stays NaN, and `high` wins over a `low` above it. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The number at `index`. Throws `InternalError` when there is none. */
export function at(values: Float32Array, index: number): number {
  const value = values[index];
  if (value === undefined) {
    throw new InternalError(`there is no number ${index} among ${values.length}`);
  }
  return value;
}
