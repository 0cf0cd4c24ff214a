/**
 * A weight that is stored in 8 or 4 bits, as the models see it: a tensor of its real shape in the compute type. The node that
 * stands for it is none of ONNX; `lower` replaces it together with the layer that reads it, so the weight is never widened.
 */
import type { QuantizationScheme } from "../../checkpoint/quantized/quantization-scheme.js";
import type { QuantizedTensor } from "../../checkpoint/tensor-location.js";
import type { Graph, Node, Value } from "../value.js";

const OP = "Dequantize";

/** `(stored - zero point) * scale` in the weight's own shape. */
export function dequantize(graph: Graph, { values, scale, scheme, shape }: QuantizedTensor): Value {
  const { layout, bits, zeroPoint, blockSize = 0 } = scheme;
  return graph.node(
    {
      op: OP,
      domain: "kandinsky3",
      inputs: [graph.weight(values), graph.weight(scale)],
      attributes: {
        layout: { string: layout },
        bits: { int: bits },
        zero_point: { int: zeroPoint },
        block_size: { int: blockSize },
      },
    },
    { dtype: graph.computeType, shape },
  );
}

/** What a `Dequantize` node says. */
export interface StoredWeight {
  readonly values: Value;
  readonly scale: Value;
  readonly layout: QuantizationScheme["layout"];
  readonly bits: number;
  readonly zeroPoint: number;
  /** 0 unless the layout is `blocks`. */
  readonly blockSize: number;
}

export function isDequantize(node: Node): boolean {
  return node.domain === "kandinsky3" && node.op === OP;
}

/** The stored weight behind `value`; `undefined` when it is anything else. */
export function storedWeight(value: Value | undefined): StoredWeight | undefined {
  if (value?.origin.kind !== "node" || !isDequantize(value.origin.node)) {
    return undefined;
  }
  const { inputs, attributes } = value.origin.node;
  const [values, scale] = inputs;
  const layout = attributes["layout"];
  const numbers = ["bits", "zero_point", "block_size"].flatMap((name) => {
    const attribute = attributes[name];
    return attribute !== undefined && "int" in attribute ? [attribute.int] : [];
  });
  const [bits, zeroPoint, blockSize] = numbers;
  if (
    values === undefined ||
    scale === undefined ||
    bits === undefined ||
    zeroPoint === undefined ||
    blockSize === undefined ||
    layout === undefined ||
    !("string" in layout)
  ) {
    throw value.graph.internalError(OP, "incomplete node");
  }
  return { values, scale, layout: layout.string as StoredWeight["layout"], bits, zeroPoint, blockSize };
}
