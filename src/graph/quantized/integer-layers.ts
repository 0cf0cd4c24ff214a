/**
 * Layers with 8-bit weights in integer arithmetic: the input is quantized to 8 bits as it comes, products are summed exactly
 * in int32, and the sums are scaled back. An image has one scale and zero point; rows of a matrix have a scale each, so that one
 * large token costs the others no precision. All floats here are float32, whatever the graph computes in: the scales of the
 * weights are stored so, and sums of products leave the range of half floats. Reference for the idea: ONNX Runtime's dynamic
 * quantization.
 */
import {
  add,
  cast,
  convInteger,
  div,
  extremes,
  type IntegerOperand,
  matMulInteger,
  max,
  min,
  mul,
  quantizeLinear,
  reshape,
  round,
  sub,
  transpose,
} from "../ops/index.js";
import type { Attribute, Value } from "../value.js";

/** What inputs are quantized to; weights are always uint8. */
export type ActivationType = "int8" | "uint8";

/** An 8-bit weight: `(values - zeroPoint) * scale` with `scale` `[out]`. */
export interface ScaledWeight {
  readonly values: Value;
  readonly scale: Value;
  readonly zeroPoint: number;
}

/** `(numbers - zeroPoint) * scale`; scale a scalar, or `[M]` for the rows of a matrix. */
export interface QuantizedInput extends IntegerOperand {
  readonly scale: Value;
}

/** Steps from the smallest to the largest 8-bit number, and from the middle to the largest. */
const [STEPS, HALF_STEPS] = [255, 127];
/** The smallest normal float32 stands in for the scale of an input that is all zeros. */
const SMALLEST_SCALE = 2 ** -126;

/** Spreads the 256 numbers of `type` from the smallest to the largest element of an image; 0 is one of them exactly. */
export function quantizeImage(x: Value, type: ActivationType): QuantizedInput {
  const [lowest, highest] = extremes(x);
  const low = min(lowest, 0);
  const scale = max(div(sub(max(highest, 0), low), STEPS), SMALLEST_SCALE);
  const first = x.graph.floats([type === "int8" ? -128 : 0], [], "float32");
  const zeroPoint = cast(round(sub(first, div(low, scale))), type);
  return { numbers: quantizeLinear(x, scale, zeroPoint), zeroPoint, scale };
}

/** Spreads the numbers of `type` around 0 for each row of `[M, K]`, as far as its largest element. */
export function quantizeRows(x: Value, type: ActivationType): QuantizedInput {
  const [lowest, highest] = extremes(x, -1); // 2 x [M]
  const scale = max(div(max(highest, sub(x.graph.floats([0], [], "float32"), lowest)), HALF_STEPS), SMALLEST_SCALE);
  const zero = type === "int8" ? 0 : 128;
  // One for each row, and computed: a constant of that size would tie the number of rows down.
  const zeros = cast(add(sub(scale, scale), zero), type);
  return {
    numbers: quantizeLinear(x, scale, zeros),
    zeroPoint: x.graph.constant(type === "int8" ? Int8Array.of(zero) : Uint8Array.of(zero), []),
    scale,
  };
}

/** A Conv node's result with an 8-bit weight `[out, in, kernel, kernel]`, which the engine reads as it is stored. */
export function integerConv(
  x: QuantizedInput,
  weight: ScaledWeight,
  bias: Value | undefined,
  attributes: Readonly<Record<string, Attribute>>,
  size: readonly [number, number],
): Value {
  const sums = convInteger(x, operandOf(weight), attributes, size); // int32 [B, out, H, W]
  const scale = mul(reshape(weight.scale, [1, -1, 1, 1]), x.scale);
  return plus(mul(cast(sums, "float32"), scale), bias, [1, -1, 1, 1]);
}

/**
 * A Gemm node's result with an 8-bit weight `[out, in]`. The weight stands on the left of the product, where the engine reads
 * it as it is stored; `x` is transposed instead, which costs little beside many rows.
 */
export function integerGemm(x: QuantizedInput, weight: ScaledWeight, bias: Value | undefined): Value {
  const turned = { ...x, numbers: transpose(x.numbers, [1, 0]) }; // [in, M]
  const sums = matMulInteger(operandOf(weight), turned); // int32 [out, M]
  const scale = mul(reshape(weight.scale, [-1, 1]), reshape(x.scale, [1, -1]));
  return transpose(plus(mul(cast(sums, "float32"), scale), bias, [-1, 1]), [1, 0]);
}

/** The same with a weight stored as `[in, out]`, which the engine lays out for its kernel once, when the session opens. */
export function integerProduct(x: QuantizedInput, weight: ScaledWeight, bias: Value | undefined): Value {
  const sums = matMulInteger(x, operandOf(weight)); // int32 [M, out]
  const scaled = mul(mul(cast(sums, "float32"), reshape(x.scale, [-1, 1])), weight.scale);
  return bias === undefined ? scaled : add(scaled, bias);
}

function plus(x: Value, bias: Value | undefined, alongOutput: readonly number[]): Value {
  return bias === undefined ? x : add(x, reshape(bias, alongOutput));
}

function operandOf({ values, zeroPoint }: ScaledWeight): IntegerOperand {
  return { numbers: values, zeroPoint: values.graph.constant(Uint8Array.of(zeroPoint), []) };
}
