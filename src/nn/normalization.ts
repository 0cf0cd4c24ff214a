/** Normalisation layers. The engine computes all statistics in float32, in a float16 graph too. */
import type { WeightScope } from "../checkpoint/weight-scope.js";
import {
  add,
  cast,
  layerNormalization,
  mul,
  reshape,
  simplifiedLayerNormalization,
  sizeOf,
} from "../graph/ops/index.js";
import type { Value } from "../graph/value.js";
import { block, parameter } from "./block.js";

export interface GroupNormOptions {
  readonly groups: number;
  readonly epsilon: number;
}

/**
 * Group norm without scale and shift, `[B, C, H, W]`. ONNX Runtime's CPU provider has no fast kernel for group norm; layer norm
 * over each group's elements is the quickest equivalent, and the only one that every provider runs.
 */
export function plainGroupNorm(x: Value, { groups, epsilon }: GroupNormOptions): Value {
  const channels = sizeOf(x, 1);
  if (channels % groups !== 0) {
    throw x.graph.error("groupNorm", `${channels} channels do not divide into ${groups} groups`);
  }
  const grouped = reshape(x, [sizeOf(x, 0), groups, -1]); // [B, G, C / G * H * W]
  const scale = x.graph.floats([1], [1]);
  return reshape(layerNormalization(grouped, scale, undefined, epsilon), x.shape);
}

/** Group norm with scale and shift per channel, keys `weight` and `bias`. Reference: torch.nn.GroupNorm. */
export const groupNorm = block((scope: WeightScope, x: Value, options: GroupNormOptions): Value => {
  const channels = sizeOf(x, 1);
  const weight = parameter(scope, x, "weight", [channels], [channels, 1, 1]);
  const bias = parameter(scope, x, "bias", [channels], [channels, 1, 1]);
  return add(mul(plainGroupNorm(x, options), weight), bias);
});

/** Layer norm over the last axis, keys `weight` and `bias`. Reference: torch.nn.LayerNorm. */
export const layerNorm = block((scope: WeightScope, x: Value, epsilon: number): Value => {
  const features = sizeOf(x, -1);
  const weight = parameter(scope, x, "weight", [features]);
  return layerNormalization(x, weight, parameter(scope, x, "bias", [features]), epsilon);
});

/**
 * T5's norm: no mean, no bias; key `weight`. Computed in the type of `x`, which may be wider than the compute type; the result is
 * in the compute type. Reference: transformers, T5LayerNorm.
 */
export const rmsNorm = block((scope: WeightScope, x: Value, epsilon: number): Value => {
  const shape = [sizeOf(x, -1)];
  const weight = parameter(scope, x, "weight", shape, shape, x.dtype);
  return cast(simplifiedLayerNormalization(x, weight, epsilon), x.graph.computeType);
});
