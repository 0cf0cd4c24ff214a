/**
 * A block is one function that reads its weights and emits its nodes in the same place. Wrapped in `block`, everything that it
 * builds carries its checkpoint path: in node names, in messages, and as a tap that goldens can look at.
 */
import type { WeightScope } from "../checkpoint/weight-scope.js";
import { cast } from "../graph/ops/index.js";
import { dequantize } from "../graph/quantized/dequantize.js";
import type { Value } from "../graph/value.js";
import type { Shape } from "../tensor/shape.js";

type BlockFunction<Rest extends unknown[]> = (scope: WeightScope, x: Value, ...rest: Rest) => Value;

/** Gives `build` the path of its scope. */
export function block<Rest extends unknown[]>(build: BlockFunction<Rest>): BlockFunction<Rest> {
  return (scope, x, ...rest) => x.graph.within(scope.path, () => build(scope, x, ...rest));
}

/**
 * The stored tensor `name`, checked against `shape`, in the type that the graph computes in; seen as `view` where the operator wants the same elements in
 * another shape. A weight that the file holds in 8 or 4 bits stays so: see graph/quantized/.
 */
export function parameter(scope: WeightScope, x: Value, name: string, shape: Shape, view: Shape = shape): Value {
  const stored = scope.quantized(name, shape);
  if (stored !== undefined) {
    return dequantize(x.graph, stored);
  }
  return cast(x.graph.weight(scope.weight(name, shape), view), x.graph.computeType);
}
