/** Shapes: lists of dimension sizes, outermost first, as in NumPy. */
import { InternalError } from "../errors.js";

/** Sizes of the axes, outermost first. */
export type Shape = readonly number[];

/** Number of elements; 1 for a scalar (`[]`). */
export function shapeSize(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `[1, 4, 16, 16]`, for messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The sizes of a shape with `Rank` axes, as a tuple: reading one of them needs no default. */
export type Axes<Rank extends number, Sizes extends readonly number[] = []> = Sizes["length"] extends Rank
  ? Sizes
  : Axes<Rank, readonly [...Sizes, number]>;

/** The sizes of the axes of `what`, for messages. Throws `InternalError` unless there are `rank` of them. */
export function axes<Rank extends 1 | 2 | 3 | 4 | 5>(shape: Shape, rank: Rank, what: string): Axes<Rank> {
  if (!hasRank(shape, rank)) {
    throw new InternalError(`${what} has shape ${formatShape(shape)}, expected ${rank} axes`);
  }
  return shape;
}

export interface ImageShape {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** The sizes of images or latents `[B, C, H, W]` by name; `name` is for the message. Throws `InternalError` for another rank. */
export function imageShape({ shape }: { readonly shape: Shape }, name: string): ImageShape {
  const [batch, channels, height, width] = axes(shape, 4, name);
  return { batch, channels, height, width };
}

/** The sizes of prompts as embeddings `[N, L, D]` by name; `name` is for the message. Throws `InternalError` for another rank. */
export function sequenceShape(
  { shape }: { readonly shape: Shape },
  name: string,
): { readonly batch: number; readonly length: number; readonly width: number } {
  const [batch, length, width] = axes(shape, 3, name);
  return { batch, length, width };
}

/** Size of one axis; negative ones count from the end. Throws `InternalError` when there is no such axis. */
export function axisSize(shape: Shape, axis: number): number {
  const size = axis < shape.length ? shape.at(axis) : undefined;
  if (size === undefined) {
    throw new InternalError(`a tensor of shape ${formatShape(shape)} has no axis ${axis}`);
  }
  return size;
}

function hasRank<Rank extends number>(shape: Shape, rank: Rank): shape is Axes<Rank> {
  return shape.length === rank;
}
