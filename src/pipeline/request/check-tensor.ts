/** Arrays come from the caller's own code; one NaN would quietly spoil every picture. */
import { UsageError } from "../../errors.js";
import { formatShape, sameShape, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Throws `UsageError` when `value` is there and has another shape, or a number that is not finite. */
export function checkTensor(name: string, value: Tensor | undefined, shape: Shape): void {
  if (value === undefined) {
    return;
  }
  if (!sameShape(value.shape, shape) || value.data.length === 0) {
    throw UsageError.of(name, `got shape ${formatShape(value.shape)}, expected ${formatShape(shape)}`);
  }
  const wrong = value.data.findIndex((number) => !Number.isFinite(number));
  if (wrong !== -1) {
    throw UsageError.of(name, `got ${String(value.data[wrong])} at index ${wrong}, expected finite numbers`);
  }
}
