/** Products and reductions, named as in https://onnx.ai/onnx/operators/ and ONNX Runtime's ContribOperators.md. */
import { formatShape } from "../../tensor/shape.js";
import type { Value } from "../value.js";
import { broadcastShape, expectRank, floatTypeOf, frontAxis, sizeOf } from "./broadcast.js";

/** Matrix product over the last two axes; leading axes broadcast. */
export function matMul(a: Value, b: Value): Value {
  const dtype = floatTypeOf("MatMul", a, b);
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape.at(-1) !== b.shape.at(-2)) {
    throw a.graph.error("MatMul", `${formatShape(a.shape)} x ${formatShape(b.shape)} do not fit`);
  }
  const batch = broadcastShape("MatMul", { ...a, shape: a.shape.slice(0, -2) }, { ...b, shape: b.shape.slice(0, -2) });
  const shape = [...batch, sizeOf(a, -2), sizeOf(b, -1)];
  return a.graph.node({ op: "MatMul", inputs: [a, b] }, { dtype, shape });
}

/** `a x weight^T + bias` with `a` `[M, K]`, `weight` `[N, K]` as PyTorch stores it, `bias` `[N]`. */
export function gemm(a: Value, weight: Value, bias?: Value): Value {
  const dtype = floatTypeOf("Gemm", a, weight, bias);
  for (const operand of [a, weight]) {
    expectRank("Gemm", operand, 2);
  }
  if (sizeOf(a, 1) !== sizeOf(weight, 1)) {
    throw a.graph.error("Gemm", `${formatShape(a.shape)} x ${formatShape(weight.shape)}^T do not fit`);
  }
  const shape = [sizeOf(a, 0), sizeOf(weight, 0)];
  return a.graph.node({ op: "Gemm", inputs: [a, weight, bias], attributes: { transB: { int: 1 } } }, { dtype, shape });
}

export function softmax(x: Value, axis = -1): Value {
  const dtype = floatTypeOf("Softmax", x);
  const attributes = { axis: { int: frontAxis(x, axis) } };
  return x.graph.node({ op: "Softmax", inputs: [x], attributes }, { dtype, shape: x.shape });
}

/** Mean over one axis, which stays with size 1. */
export function reduceMean(x: Value, axis: number): Value {
  return reduce("ReduceMean", x, axis);
}

/** Sum of squares over one axis, which stays with size 1. */
export function reduceSumSquare(x: Value, axis: number): Value {
  return reduce("ReduceSumSquare", x, axis);
}

/** The smallest and the largest element along `axis`, which goes away; of all elements, as scalars, when it is left out. */
export function extremes(x: Value, axis?: number): readonly [Value, Value] {
  const dtype = floatTypeOf("ReduceMax", x);
  const at = axis === undefined ? undefined : frontAxis(x, axis);
  const axes = at === undefined ? undefined : x.graph.constant(BigInt64Array.of(BigInt(at)), [1]);
  const shape = at === undefined ? [] : x.shape.filter((_, index) => index !== at);
  const reduced = (op: "ReduceMin" | "ReduceMax"): Value =>
    x.graph.node({ op, inputs: [x, axes], attributes: { keepdims: { int: 0 } } }, { dtype, shape });
  return [reduced("ReduceMin"), reduced("ReduceMax")];
}

/** Index of the smallest element along `axis`, which goes away; the first one where several are equal. */
export function argMin(x: Value, axis: number): Value {
  floatTypeOf("ArgMin", x);
  const at = frontAxis(x, axis);
  const shape = x.shape.filter((_, index) => index !== at);
  const attributes = { axis: { int: at }, keepdims: { int: 0 } };
  return x.graph.node({ op: "ArgMin", inputs: [x], attributes }, { dtype: "int64", shape });
}

/**
 * Attention without mask: `softmax(scale q k^T) v` per head. q `[B, S, H D]`, k and v `[B, T, H D]`. Without a mask ONNX
 * Runtime runs it in tiles, so the S x T scores never exist whole.
 */
export function multiHeadAttention(q: Value, k: Value, v: Value, options: { heads: number; scale: number }): Value {
  const dtype = floatTypeOf("MultiHeadAttention", q, k, v);
  for (const operand of [q, k, v]) {
    expectRank("MultiHeadAttention", operand, 3);
    if (sizeOf(operand, 0) !== sizeOf(q, 0) || sizeOf(operand, 2) !== sizeOf(q, 2)) {
      throw q.graph.error("MultiHeadAttention", `${formatShape(operand.shape)} does not fit ${formatShape(q.shape)}`);
    }
  }
  if (sizeOf(q, 2) % options.heads !== 0) {
    throw q.graph.error("MultiHeadAttention", `${sizeOf(q, 2)} channels do not divide into ${options.heads} heads`);
  }
  const attributes = { num_heads: { int: options.heads }, scale: { float: options.scale } };
  return q.graph.node(
    { op: "MultiHeadAttention", domain: "com.microsoft", inputs: [q, k, v], attributes },
    { dtype, shape: q.shape },
  );
}

function reduce(op: string, x: Value, axis: number): Value {
  const dtype = floatTypeOf(op, x);
  const at = frontAxis(x, axis);
  const axes = x.graph.constant(BigInt64Array.of(BigInt(at)), [1]);
  const shape = x.shape.map((size, index) => (index === at ? 1 : size));
  return x.graph.node({ op, inputs: [x, axes], attributes: { keepdims: { int: 1 } } }, { dtype, shape });
}
