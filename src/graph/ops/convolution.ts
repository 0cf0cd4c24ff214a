/** Two-dimensional convolutions, named as in https://onnx.ai/onnx/operators/. Images are `[B, C, H, W]`. */
import { formatShape } from "../../tensor/shape.js";
import type { ComputeType, Value } from "../value.js";
import { expectRank, floatTypeOf, sizeOf } from "./broadcast.js";

export interface ConvOptions {
  readonly stride?: number;
  /** Rows and columns of zeros: top, left, bottom, right. */
  readonly pads?: readonly [number, number, number, number];
}

/** Convolution with weight `[out, in, kernel, kernel]`. */
export function conv(x: Value, weight: Value, bias: Value | undefined, options: ConvOptions = {}): Value {
  const { stride = 1, pads = [0, 0, 0, 0] } = options;
  const dtype = checkOperands("Conv", x, weight, bias, 1);
  const [top, left, bottom, right] = pads;
  const kernel = [sizeOf(weight, 2), sizeOf(weight, 3)] as const;
  const height = Math.floor((sizeOf(x, 2) + top + bottom - kernel[0]) / stride) + 1;
  const width = Math.floor((sizeOf(x, 3) + left + right - kernel[1]) / stride) + 1;
  if (height < 1 || width < 1) {
    throw x.graph.error("Conv", `an image of ${formatShape(x.shape)} is smaller than the kernel`);
  }
  const attributes = { kernel_shape: { ints: kernel }, pads: { ints: pads }, strides: { ints: [stride, stride] } };
  const shape = [sizeOf(x, 0), sizeOf(weight, 0), height, width];
  return x.graph.node({ op: "Conv", inputs: [x, weight, bias], attributes }, { dtype, shape });
}

/** Transposed convolution without overlap: weight `[in, out, stride, stride]`, every pixel becomes a square. */
export function convTranspose(x: Value, weight: Value, bias: Value | undefined, stride: number): Value {
  const dtype = checkOperands("ConvTranspose", x, weight, bias, 0);
  const kernel = [sizeOf(weight, 2), sizeOf(weight, 3)];
  if (kernel.some((size) => size !== stride)) {
    throw x.graph.error("ConvTranspose", `kernel ${formatShape(kernel)}, expected the stride ${stride}`);
  }
  const attributes = { kernel_shape: { ints: kernel }, strides: { ints: [stride, stride] } };
  const shape = [sizeOf(x, 0), sizeOf(weight, 1), sizeOf(x, 2) * stride, sizeOf(x, 3) * stride];
  return x.graph.node({ op: "ConvTranspose", inputs: [x, weight, bias], attributes }, { dtype, shape });
}

/** The type that the operands share. */
function checkOperands(op: string, x: Value, weight: Value, bias: Value | undefined, inputAxis: 0 | 1): ComputeType {
  const dtype = floatTypeOf(op, x, weight, bias);
  for (const operand of [x, weight]) {
    expectRank(op, operand, 4);
  }
  if (sizeOf(x, 1) !== sizeOf(weight, inputAxis)) {
    throw x.graph.error(
      op,
      `${sizeOf(x, 1)} channels, the weight ${formatShape(weight.shape)} takes ${sizeOf(weight, inputAxis)}`,
    );
  }
  return dtype;
}
