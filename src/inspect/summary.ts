/** Counts over a source's tensors, for people who look into a checkpoint. */
import type { DType } from "../tensor/dtype.js";
import { shapeSize } from "../tensor/shape.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";

export interface TensorTotals {
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

export interface CheckpointSummary extends TensorTotals {
  readonly name: string;
  /** The files that hold the tensors, in the order in which they first appear. */
  readonly files: readonly string[];
  /** The totals of each element type that occurs, largest share of bytes first. */
  readonly dtypes: ReadonlyMap<DType, TensorTotals>;
}

/** Adds up a source. Nothing is read. */
export function summarize(source: TensorSource): CheckpointSummary {
  let total: TensorTotals = { tensors: 0, parameters: 0, bytes: 0 };
  const dtypes = new Map<DType, TensorTotals>();
  const files = new Set<string>();
  for (const { file, dtype, shape, length } of source.tensors.values()) {
    const one = { tensors: 1, parameters: shapeSize(shape), bytes: length };
    total = add(total, one);
    dtypes.set(dtype, add(dtypes.get(dtype) ?? { tensors: 0, parameters: 0, bytes: 0 }, one));
    files.add(file);
  }
  const bySize = [...dtypes].sort(([, a], [, b]) => b.bytes - a.bytes);
  return { name: source.name, ...total, files: [...files], dtypes: new Map(bySize) };
}

function add(a: TensorTotals, b: TensorTotals): TensorTotals {
  return { tensors: a.tensors + b.tensors, parameters: a.parameters + b.parameters, bytes: a.bytes + b.bytes };
}
