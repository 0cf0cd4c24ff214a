/** Operators on 8-bit and 4-bit numbers, named as in https://onnx.ai/onnx/operators/ and ONNX Runtime's ContribOperators.md. */
import { formatShape, sameShape } from "../../tensor/shape.js";
import type { Attribute, Value } from "../value.js";
import { expectDType, expectRank, floatTypeOf, sizeOf } from "./broadcast.js";

/**
 * `round(x / scale) + zeroPoint`, saturated to the zero point's type, which is that of the result. Both are scalars, or lists
 * with an entry for each row of the first axis.
 */
export function quantizeLinear(x: Value, scale: Value, zeroPoint: Value): Value {
  floatTypeOf("QuantizeLinear", x, scale);
  expectDType("QuantizeLinear", zeroPoint, "int8", "uint8");
  if (!sameShape(scale.shape, zeroPoint.shape) || scale.shape.some((size) => size !== x.shape[0])) {
    throw x.graph.error("QuantizeLinear", `scale ${formatShape(scale.shape)} does not fit ${formatShape(x.shape)}`);
  }
  return x.graph.node(
    { op: "QuantizeLinear", inputs: [x, scale, zeroPoint], attributes: { axis: { int: 0 } } },
    { dtype: zeroPoint.dtype, shape: x.shape },
  );
}

/** A tensor in 8 bits: `numbers` less `zeroPoint`, a scalar of the same type. */
export interface IntegerOperand {
  readonly numbers: Value;
  readonly zeroPoint: Value;
}

/** Exact convolution of 8-bit numbers into int32: x `[B, in, H, W]`, weight `[out, in, kernel, kernel]`, attributes as of Conv. */
export function convInteger(
  x: IntegerOperand,
  weight: IntegerOperand,
  attributes: Readonly<Record<string, Attribute>>,
  [height, width]: readonly [number, number],
): Value {
  checkOperands("ConvInteger", x, weight);
  expectRank("ConvInteger", x.numbers, 4);
  expectRank("ConvInteger", weight.numbers, 4);
  const shape = [sizeOf(x.numbers, 0), sizeOf(weight.numbers, 0), height, width];
  return x.numbers.graph.node(
    { op: "ConvInteger", inputs: [x.numbers, weight.numbers, x.zeroPoint, weight.zeroPoint], attributes },
    { dtype: "int32", shape },
  );
}

/** Exact product of 8-bit matrices `[M, K]` and `[K, N]` into int32. */
export function matMulInteger(a: IntegerOperand, b: IntegerOperand): Value {
  checkOperands("MatMulInteger", a, b);
  expectRank("MatMulInteger", a.numbers, 2);
  expectRank("MatMulInteger", b.numbers, 2);
  if (sizeOf(a.numbers, 1) !== sizeOf(b.numbers, 0)) {
    throw a.numbers.graph.error(
      "MatMulInteger",
      `${formatShape(a.numbers.shape)} x ${formatShape(b.numbers.shape)} do not fit`,
    );
  }
  return a.numbers.graph.node(
    { op: "MatMulInteger", inputs: [a.numbers, b.numbers, a.zeroPoint, b.zeroPoint] },
    { dtype: "int32", shape: [sizeOf(a.numbers, 0), sizeOf(b.numbers, 1)] },
  );
}

/**
 * `x x weight^T + bias` with a weight of 4 or 8 bits whose rows have one scale for each block: x `[M, K]`, weight uint8
 * `[N, K / blockSize, blockSize * bits / 8]`, scales `[N, K / blockSize]`; zero is in the middle of the numbers. The engine
 * quantizes x to 8 bits block by block.
 */
export function matMulNBits(
  x: Value,
  weight: Value,
  scales: Value,
  bias: Value | undefined,
  { bits, blockSize }: { readonly bits: number; readonly blockSize: number },
): Value {
  const dtype = floatTypeOf("MatMulNBits", x, scales, bias);
  expectRank("MatMulNBits", x, 2);
  expectDType("MatMulNBits", weight, "uint8");
  const [columns, rows] = [sizeOf(x, 1), sizeOf(weight, 0)];
  const expected = [rows, columns / blockSize, (blockSize * bits) / 8];
  if (expected.some((size, axis) => size !== weight.shape[axis])) {
    throw x.graph.error("MatMulNBits", `weight ${formatShape(weight.shape)}, expected ${formatShape(expected)}`);
  }
  const attributes = {
    K: { int: columns },
    N: { int: rows },
    bits: { int: bits },
    block_size: { int: blockSize },
    accuracy_level: { int: QUANTIZE_TO_8_BITS },
  };
  return x.graph.node(
    {
      op: "MatMulNBits",
      domain: "com.microsoft",
      inputs: [x, weight, scales, undefined, undefined, bias],
      attributes,
    },
    { dtype, shape: [sizeOf(x, 0), rows] },
  );
}

/** MatMulNBits' accuracy level that has integer kernels; the others compute in floating point. */
const QUANTIZE_TO_8_BITS = 4;

function checkOperands(op: string, ...operands: readonly IntegerOperand[]): void {
  for (const { numbers, zeroPoint } of operands) {
    expectDType(op, numbers, "int8", "uint8");
    expectDType(op, zeroPoint, numbers.dtype);
  }
}
