/** Fully connected layer, keys `weight` `[out, in]` and `bias` `[out]`. Reference: torch.nn.Linear. */
import type { WeightScope } from "../checkpoint/weight-scope.js";
import { gemm, reshape, sizeOf, transpose } from "../graph/ops/index.js";
import type { Value } from "../graph/value.js";
import { block, parameter } from "./block.js";

export interface LinearOptions {
  readonly outFeatures: number;
  /** Left out: there is a bias. */
  readonly bias?: boolean;
}

/** `[..., in]` to `[..., out]`. */
export const linear = block((scope: WeightScope, x: Value, options: LinearOptions): Value => {
  const inFeatures = sizeOf(x, -1);
  const weight = parameter(scope, x, "weight", [options.outFeatures, inFeatures]);
  const bias = options.bias === false ? undefined : parameter(scope, x, "bias", [options.outFeatures]);
  // Gemm reads the weight as it is stored; MatMul would need it transposed in memory.
  const rows = x.shape.length === 2 ? x : reshape(x, [-1, inFeatures]);
  const product = gemm(rows, weight, bias); // [M, out]
  return x.shape.length === 2 ? product : reshape(product, [...x.shape.slice(0, -1), options.outFeatures]);
});

/** `[B, C, S]` to `[B, S, C]` and back. */
export function swapLastAxes(x: Value): Value {
  return transpose(x, [0, 2, 1]);
}
