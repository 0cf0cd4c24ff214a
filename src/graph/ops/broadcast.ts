/** Shape rules that several operators share. Reference: onnx/docs/Broadcasting.md. */
import type { DType } from "../../tensor/dtype.js";
import { formatShape, type Shape } from "../../tensor/shape.js";
import type { ComputeType, Value } from "../value.js";

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

/**
 * The type that all of `values` have, which must be one that graphs compute in: an operator that got two would convert without a
 * word, or be refused by the engine far from here. Throws `GraphError`.
 */
export function expectFloat(op: string, first: Value, ...others: readonly Value[]): ComputeType {
  const { dtype } = first;
  if (dtype !== "float32" && dtype !== "float16") {
    throw first.graph.error(op, `${first.name} is ${dtype}, expected float32 or float16`);
  }
  for (const other of others) {
    expectDType(op, other, dtype);
  }
  return dtype;
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
