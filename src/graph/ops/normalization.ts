/** Normalisations over the last axis. */
import type { Value } from "../value.js";
import { formatShape } from "../../tensor/shape.js";
import { expectFloat, sizeOf } from "./broadcast.js";

/** https://onnx.ai/onnx/operators/onnx__LayerNormalization.html over the last axis; `scale` and `bias` have its size, or 1. */
export function layerNormalization(x: Value, scale: Value, bias: Value | undefined, epsilon: number): Value {
  checkScale("LayerNormalization", x, scale);
  const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
  return x.graph.node(
    { op: "LayerNormalization", inputs: [x, scale, bias], attributes },
    { dtype: x.dtype, shape: x.shape },
  );
}

/**
 * `x / sqrt(mean(x^2) + epsilon) * scale` over the last axis. ONNX Runtime registers it under the standard domain although
 * ONNX has no operator of this name: RMSNormalization came with operator set 23.
 */
export function simplifiedLayerNormalization(x: Value, scale: Value, epsilon: number): Value {
  checkScale("SimplifiedLayerNormalization", x, scale);
  const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
  return x.graph.node(
    { op: "SimplifiedLayerNormalization", inputs: [x, scale], attributes },
    { dtype: x.dtype, shape: x.shape },
  );
}

function checkScale(op: string, x: Value, scale: Value): void {
  expectFloat(op, x, scale);
  if (scale.shape.length !== 1 || ![1, sizeOf(x, -1)].includes(sizeOf(scale, 0))) {
    throw x.graph.error(op, `scale ${formatShape(scale.shape)}, expected [${sizeOf(x, -1)}] or [1]`);
  }
}
