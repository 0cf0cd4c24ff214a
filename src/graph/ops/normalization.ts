/** Normalisations over the last axis; the engine takes their statistics in float32 whatever the type of the operands. */
import type { ComputeType, Value } from "../value.js";
import { formatShape } from "../../tensor/shape.js";
import { floatTypeOf, sizeOf } from "./broadcast.js";

/** https://onnx.ai/onnx/operators/onnx__LayerNormalization.html over the last axis; `scale` and `bias` have its size, or 1. */
export function layerNormalization(x: Value, scale: Value, bias: Value | undefined, epsilon: number): Value {
  const dtype = checkScale("LayerNormalization", x, scale, bias);
  const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
  return x.graph.node({ op: "LayerNormalization", inputs: [x, scale, bias], attributes }, { dtype, shape: x.shape });
}

/**
 * `x / sqrt(mean(x^2) + epsilon) * scale` over the last axis. ONNX Runtime registers it under the standard domain although
 * ONNX has no operator of this name: RMSNormalization came with operator set 23.
 */
export function simplifiedLayerNormalization(x: Value, scale: Value, epsilon: number): Value {
  const dtype = checkScale("SimplifiedLayerNormalization", x, scale);
  const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
  return x.graph.node(
    { op: "SimplifiedLayerNormalization", inputs: [x, scale], attributes },
    { dtype, shape: x.shape },
  );
}

/** The type that the operands share. */
function checkScale(op: string, x: Value, scale: Value, bias?: Value): ComputeType {
  const dtype = floatTypeOf(op, x, scale, bias);
  if (scale.shape.length !== 1 || ![1, sizeOf(x, -1)].includes(sizeOf(scale, 0))) {
    throw x.graph.error(op, `scale ${formatShape(scale.shape)}, expected [${sizeOf(x, -1)}] or [1]`);
  }
  return dtype;
}
