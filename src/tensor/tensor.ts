/** Dense arrays in JavaScript memory: activations, latents, pictures. Weights never live here. */
import { axisSize, elementCount, formatShape, type Shape } from "./shape.js";
import { InternalError } from "../errors.js";

/** A C-ordered float32 array. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Wraps `data` (zeros when left out). Throws `InternalError` when the length does not fit the shape. */
export function tensor(shape: Shape, data: Float32Array = new Float32Array(elementCount(shape))): Tensor {
  if (data.length !== elementCount(shape)) {
    throw new InternalError(`${data.length} values for a tensor of shape ${formatShape(shape)}`);
  }
  return { shape, data };
}

/** Row `index` of the first axis, kept as an axis of size 1; shares memory with `source`. */
export function row(source: Tensor, index: number): Tensor {
  const size = elementCount(source.shape.slice(1));
  return tensor([1, ...source.shape.slice(1)], source.data.subarray(index * size, (index + 1) * size));
}

/** Joins tensors along the first axis. All must agree in the other axes. */
export function concatRows(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (first === undefined) {
    throw new InternalError("concatRows of nothing");
  }
  const rows = parts.reduce((sum, part) => sum + axisSize(part.shape, 0), 0);
  const joined = tensor([rows, ...first.shape.slice(1)]);
  let offset = 0;
  for (const part of parts) {
    joined.data.set(part.data, offset);
    offset += part.data.length;
  }
  return joined;
}
