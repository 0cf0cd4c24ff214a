/** Element-wise operators, named as in https://onnx.ai/onnx/operators/ and ONNX Runtime's ContribOperators.md. */
import type { DType } from "../../tensor/dtype.js";
import { onnxDataType } from "../emit.js";
import type { Attribute, Domain, Value } from "../value.js";
import { broadcastShape, expectOneType, floatTypeOf } from "./broadcast.js";

export function add(a: Value, b: Value | number): Value {
  return binary("Add", a, b);
}

export function sub(a: Value, b: Value | number): Value {
  return binary("Sub", a, b);
}

export function mul(a: Value, b: Value | number): Value {
  return binary("Mul", a, b);
}

export function div(a: Value, b: Value | number): Value {
  return binary("Div", a, b);
}

/** The larger of each two. */
export function max(a: Value, b: Value | number): Value {
  return binary("Max", a, b);
}

/** The smaller of each two. */
export function min(a: Value, b: Value | number): Value {
  return binary("Min", a, b);
}

/** To the nearest whole number, ties to even. */
export function round(x: Value): Value {
  return unary("Round", x);
}

/** `x * sigmoid(x)`. ONNX Runtime's QuickGelu with alpha 1 is one vectorised kernel where Sigmoid and Mul are two. */
export function silu(x: Value): Value {
  return unary("QuickGelu", x, { alpha: { float: 1 } }, "com.microsoft");
}

/** GELU in its tanh form, which transformers calls `gelu_new`. */
export function geluTanh(x: Value): Value {
  return unary("Gelu", x, { approximate: { string: "tanh" } });
}

export function sqrt(x: Value): Value {
  return unary("Sqrt", x);
}

export function sin(x: Value): Value {
  return unary("Sin", x);
}

export function cos(x: Value): Value {
  return unary("Cos", x);
}

/** Converts the element type; a value that has it already is returned as it is. */
export function cast(x: Value, dtype: DType): Value {
  if (x.dtype === dtype) {
    return x;
  }
  const attributes = { to: { int: onnxDataType(dtype) } };
  return x.graph.node({ op: "Cast", inputs: [x], attributes }, { dtype, shape: x.shape });
}

function unary(op: string, x: Value, attributes: Record<string, Attribute> = {}, domain: Domain = ""): Value {
  const dtype = floatTypeOf(op, x);
  return x.graph.node({ op, domain, inputs: [x], attributes }, { dtype, shape: x.shape });
}

function binary(op: string, a: Value, b: Value | number): Value {
  const dtype = floatTypeOf(op, a);
  const right = typeof b === "number" ? a.graph.floats([b], [], dtype) : b;
  expectOneType(op, a, right);
  return a.graph.node({ op, inputs: [a, right] }, { dtype, shape: broadcastShape(op, a, right) });
}
