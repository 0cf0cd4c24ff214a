/** How a tensor lies in its storage: in order, so that its bytes can be mapped, or so that they have to be gathered. */
import { itemSize } from "../../tensor/dtype.js";
import { shapeSize } from "../../tensor/shape.js";
import type { TorchTensor } from "./torch-value.js";

/** True when the elements follow each other in row-major order; strides of axes with one element do not matter. */
export function isContiguous({ shape, stride }: TorchTensor): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 0;
    if (size === 0) {
      return true;
    }
    if (size !== 1 && stride[axis] !== expected) {
      return false;
    }
    expected *= size;
  }
  return true;
}

/** The bytes of the storage between a tensor's first and last element. */
export function spanOf({ shape, stride, offset, dtype }: TorchTensor): {
  readonly start: number;
  readonly length: number;
} {
  const empty = shapeSize(shape) === 0;
  const last = empty ? -1 : shape.reduce((sum, size, axis) => sum + (size - 1) * (stride[axis] ?? 0), 0);
  return { start: offset * itemSize(dtype), length: (last + 1) * itemSize(dtype) };
}

/** The elements in row-major order, out of the bytes of the tensor's span. */
export function gather(span: Uint8Array, { shape, stride, dtype }: TorchTensor): Uint8Array {
  const width = itemSize(dtype);
  const count = shapeSize(shape);
  const gathered = new Uint8Array(count * width);
  const index = shape.map(() => 0);
  let from = 0;
  for (let element = 0; element < count; element++) {
    for (let byte = 0; byte < width; byte++) {
      gathered[element * width + byte] = span[from * width + byte] ?? 0;
    }
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += stride[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      from -= next * (stride[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return gathered;
}
