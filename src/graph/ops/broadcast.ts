/** Shape rules that several operators share. Reference: onnx/docs/Broadcasting.md. */
import type { DType } from "../../tensor/dtype.js";
import { formatShape, type Shape } from "../../tensor/shape.js";
import { COMPUTE_TYPES, type ComputeType, type Value } from "../value.js";

/** The shape of an element-wise operator's result. Throws `GraphError` when `a` and `b` do not fit. */
export function broadcastShape(op: string, a: Value, b: Value): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a.shape[axis - rank + a.shape.length] ?? 1;
    const right = b.shape[axis - rank + b.shape.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw a.graph.error(op, `${formatShape(a.shape)} and ${formatShape(b.shape)} do not broadcast`);
    }
    return left === 1 ? right : left;
  });
}

/** Throws unless `value` has one of `dtypes`. */
export function expectDType(op: string, value: Value, ...dtypes: readonly DType[]): void {
  if (!dtypes.includes(value.dtype)) {
    throw value.graph.error(op, `${value.name} is ${value.dtype}, expected ${dtypes.join(" or ")}`);
  }
}

/** The floating type that the operands share; optional ones may be left out. Throws when they have several, or another one. */
export function floatTypeOf(op: string, first: Value, ...others: readonly (Value | undefined)[]): ComputeType {
  const type = COMPUTE_TYPES.find((candidate) => candidate === first.dtype);
  if (type === undefined) {
    throw first.graph.error(op, `${first.name} is ${first.dtype}, expected ${COMPUTE_TYPES.join(" or ")}`);
  }
  expectOneType(op, first, ...others);
  return type;
}

/** Throws unless the operands that are not left out have the type of the first. */
export function expectOneType(op: string, first: Value, ...others: readonly (Value | undefined)[]): void {
  const other = others.find((operand) => operand !== undefined && operand.dtype !== first.dtype);
  if (other !== undefined) {
    throw first.graph.error(op, `${other.name} is ${other.dtype}, expected ${first.dtype} as ${first.name} is`);
  }
}

/** Throws unless `value` has `rank` axes. */
export function expectRank(op: string, value: Value, rank: number): void {
  if (value.shape.length !== rank) {
    throw value.graph.error(op, `${value.name} has shape ${formatShape(value.shape)}, expected ${rank} axes`);
  }
}

/** Size of an axis; negative axes count from the end. Throws when there is no such axis. */
export function sizeOf(value: Value, axis: number): number {
  const size = value.shape.at(axis);
  if (size === undefined || axis >= value.shape.length) {
    throw value.graph.error("shape", `${value.name} has shape ${formatShape(value.shape)}, which has no axis ${axis}`);
  }
  return size;
}

/** `axis` counted from the front. */
export function frontAxis(value: Value, axis: number): number {
  sizeOf(value, axis);
  return axis < 0 ? axis + value.shape.length : axis;
}
