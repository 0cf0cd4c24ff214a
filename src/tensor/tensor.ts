/** Dense arrays in JavaScript memory: activations, latents, images. Weights never live here. */
import { InternalError } from "../errors.js";
import { shapeSize, formatShape, sameShape, type Shape } from "./shape.js";

/** A C-ordered float32 array. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** Wraps `data` (zeros when left out). Throws `InternalError` when the length does not fit the shape. */
export function tensor(shape: Shape, data: Float32Array = new Float32Array(shapeSize(shape))): Tensor {
  if (data.length !== shapeSize(shape)) {
    throw new InternalError(`${data.length} values for a tensor of shape ${formatShape(shape)}`);
  }
  return { shape, data };
}

/** Size of the first axis. Throws `InternalError` for a scalar. */
export function rowCount({ shape }: Tensor): number {
  const [rows] = shape;
  if (rows === undefined) {
    throw new InternalError("a scalar has no rows");
  }
  return rows;
}

/** Row `index` of the first axis, kept as an axis of size 1; shares memory with `source`. */
export function row(source: Tensor, index: number): Tensor {
  if (index < 0 || index >= rowCount(source)) {
    throw new InternalError(`row ${index} of a tensor of shape ${formatShape(source.shape)}`);
  }
  const size = shapeSize(source.shape.slice(1));
  return tensor([1, ...source.shape.slice(1)], source.data.subarray(index * size, (index + 1) * size));
}

/** Joins tensors along the first axis. All must agree in the other axes. */
export function concatRows(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  if (first === undefined) {
    throw new InternalError("rows of no tensors cannot be joined");
  }
  const rest = first.shape.slice(1);
  const other = parts.find((part) => !sameShape(part.shape.slice(1), rest));
  if (other !== undefined) {
    throw new InternalError(
      `rows of shapes ${formatShape(first.shape)} and ${formatShape(other.shape)} cannot be joined`,
    );
  }
  const joined = tensor([parts.reduce((sum, part) => sum + rowCount(part), 0), ...rest]);
  let offset = 0;
  for (const part of parts) {
    joined.data.set(part.data, offset);
    offset += part.data.length;
  }
  return joined;
}
