/** Shapes: lists of dimension sizes, outermost first, as in NumPy. */
import { InternalError } from "../errors.js";

export type Shape = readonly number[];

/** Number of elements; 1 for a scalar (`[]`). */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `[1, 4, 16, 16]`, for messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Size of one axis; negative ones count from the end. Throws `InternalError` when there is no such axis. */
export function axisSize(shape: Shape, axis: number): number {
  const size = axis < shape.length ? shape.at(axis) : undefined;
  if (size === undefined) {
    throw new InternalError(`a tensor of shape ${formatShape(shape)} has no axis ${axis}`);
  }
  return size;
}

/** The four axes of `[B, C, H, W]` by their names. Throws `InternalError` for another rank. */
export function imageShape(shape: Shape): {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
} {
  const [batch, channels, height, width] = expectRank(shape, 4);
  return { batch, channels, height, width };
}

/** The three axes of `[N, L, D]`, prompts as embeddings, by their names. Throws `InternalError` for another rank. */
export function sequenceShape(shape: Shape): {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
} {
  const [batch, length, width] = expectRank(shape, 3);
  return { batch, length, width };
}

/** A wrong rank is a fault of ours: what a user gives has been checked before. */
function expectRank(shape: Shape, rank: 3): readonly [number, number, number];
function expectRank(shape: Shape, rank: 4): readonly [number, number, number, number];
function expectRank(shape: Shape, rank: number): readonly number[] {
  if (shape.length !== rank) {
    throw new InternalError(`expected a tensor of ${rank} axes, got ${formatShape(shape)}`);
  }
  return shape;
}
