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
  sizeOf,
  sub,
  transpose,
} from "../ops/index.js";
import { convolutions, joinPlaces } from "../simplify/subpixel.js";
import type { Attribute, Value } from "../value.js";
import { inBands } from "./convolution-bands.js";

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
  const scale = mul(reshape(weight.scale, [1, -1, 1, 1]), x.scale);
  return inBands(x.numbers, attributes, size, (numbers, banded, bandSize) => {
    const sums = convInteger({ ...x, numbers }, operandOf(weight), banded, bandSize); // int32 [B, out, H, W]
    return plus(mul(cast(sums, "float32"), scale), bias, [1, -1, 1, 1]);
  });
}

/**
 * As `integerConv` with a 3 x 3 weight, of an image that is doubled first: by the sums of taps of graph/subpixel.ts, which are rounded
 * to the weight's own bits again, when the session opens.
 */
export function integerDoubledConv(x: QuantizedInput, weight: ScaledWeight, bias: Value | undefined): Value {
  const [height, width] = [sizeOf(x.numbers, 2), sizeOf(x.numbers, 3)];
  const whole = sub(cast(weight.values, "float32"), weight.zeroPoint);
  const places = convolutions(whole, (kernel, pads) => {
    const { values, scale } = roundedTo(weight.zeroPoint, kernel);
    const attributes = { kernel_shape: { ints: [2, 2] }, pads: { ints: pads }, strides: { ints: [1, 1] } };
    const rounded = { values, scale: mul(scale, weight.scale), zeroPoint: weight.zeroPoint };
    return integerConv(x, rounded, bias, attributes, [height, width]);
  });
  return joinPlaces(places);
}

/** Each of the outputs of `[out, in, h, w]` in whole numbers around `zeroPoint`, as far as its largest element. */
function roundedTo(zeroPoint: number, kernel: Value): { readonly values: Value; readonly scale: Value } {
  const [lowest, highest] = extremes(reshape(kernel, [sizeOf(kernel, 0), -1]), 1);
  const largest = max(highest, sub(kernel.graph.floats([0], [], "float32"), lowest));
  const scale = max(div(largest, zeroPoint - 1), SMALLEST_SCALE); // [out]
  const numbers = round(div(kernel, reshape(scale, [-1, 1, 1, 1])));
  return { values: cast(add(numbers, zeroPoint), "uint8"), scale };
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
