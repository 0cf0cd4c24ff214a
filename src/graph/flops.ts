/**
 * Floating-point operations of a program, counted from its shapes: a multiplication and an addition for each weight that meets
 * a number. Only products and convolutions count, as is usual; everything else is bound by memory and adds well under 1 %.
 */
import { shapeSize } from "../tensor/shape.js";
import { sizeOf } from "./ops/index.js";
import type { Program } from "./program.js";
import type { Node, Value } from "./value.js";

/** Operations of one run. What depends on weights alone is folded when a session opens and is not counted. */
export function countFlops(program: Program): number {
  return program.nodes.reduce((sum, node) => sum + (isConstant(node) ? 0 : flopsOf(node)), 0);
}

/** Operations of one node. */
export function flopsOf(node: Node): number {
  const [first, second] = node.inputs;
  const [output] = node.outputs;
  if (first === undefined || second === undefined || output === undefined) {
    return 0;
  }
  switch (node.op) {
    case "Conv": // weight [out, in, kernel, kernel]: each result sums over in x kernel x kernel
      return 2 * size(output) * shapeSize(second.shape.slice(1));
    case "ConvTranspose": // weight [in, out, kernel, kernel]: each number is spread over out x kernel x kernel
      return 2 * size(first) * shapeSize(second.shape.slice(1));
    case "Gemm":
    case "MatMul":
      return 2 * size(output) * sizeOf(first, -1);
    case "MultiHeadAttention": // scores and mixing, each S x T x C, with keys [B, T, C]
      return 4 * size(first) * sizeOf(second, 1);
    default:
      return 0;
  }
}

function isConstant(node: Node): boolean {
  return node.outputs.every(({ constant }) => constant);
}

function size(value: Value): number {
  return shapeSize(value.shape);
}
