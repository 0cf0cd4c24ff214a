/**
 * A block is one function that reads its weights and emits its nodes in the same place. Wrapped in `block`, everything that it
 * builds carries its checkpoint path: in node names, in messages, and as a tap that goldens can look at.
 */
import type { WeightScope } from "../checkpoint/weight-scope.js";
import { cast } from "../graph/ops/index.js";
import { dequantize } from "../graph/quantized/dequantize.js";
import type { Value } from "../graph/value.js";
import type { DType } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";

type BlockFunction<Rest extends unknown[]> = (scope: WeightScope, x: Value, ...rest: Rest) => Value;

/** Gives `build` the path of its scope. */
export function block<Rest extends unknown[]>(build: BlockFunction<Rest>): BlockFunction<Rest> {
  return (scope, x, ...rest) => x.graph.within(scope.path, () => build(scope, x, ...rest));
}

/**
 * The stored tensor `name`, checked against `shape`, in the graph's compute type; seen as `view` where the operator wants the
 * same elements in another shape, and in `dtype` where it computes in another type. A weight that the file holds in 8
 * or 4 bits stays so: see graph/quantized/.
 */
export function parameter(
  scope: WeightScope,
  x: Value,
  name: string,
  shape: Shape,
  view: Shape = shape,
  dtype: DType = x.graph.computeType,
): Value {
  const stored = scope.quantized(name, shape);
  if (stored !== undefined) {
    return cast(dequantize(x.graph, stored), dtype);
  }
  return cast(x.graph.weight(scope.weight(name, shape), view), dtype);
}
