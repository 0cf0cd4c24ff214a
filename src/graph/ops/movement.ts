/** Operators that move elements without computing, named as in https://onnx.ai/onnx/operators/. */
import { shapeSize, formatShape, type Shape } from "../../tensor/shape.js";
import type { Value } from "../value.js";
import { expectDType, expectOneType, expectRank, frontAxis, sizeOf } from "./broadcast.js";

/** Sees the same elements, in the same order, as `shape`; one size may be -1, which takes what is left. */
export function reshape(x: Value, shape: Shape): Value {
  const count = shapeSize(x.shape);
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const full = shape.map((size) => (size === -1 ? count / known : size));
  if (shapeSize(full) !== count || full.some((size) => !Number.isInteger(size))) {
    throw x.graph.error("Reshape", `${formatShape(x.shape)} cannot become ${formatShape(shape)}`);
  }
  return x.graph.node({ op: "Reshape", inputs: [x, int64(x, full)] }, { dtype: x.dtype, shape: full });
}

export function transpose(x: Value, permutation: readonly number[]): Value {
  expectRank("Transpose", x, permutation.length);
  const shape = permutation.map((axis) => sizeOf(x, axis));
  const attributes = { perm: { ints: permutation } };
  return x.graph.node({ op: "Transpose", inputs: [x], attributes }, { dtype: x.dtype, shape });
}

export function concat(parts: readonly [Value, ...Value[]], axis: number): Value {
  const [first] = parts;
  const at = frontAxis(first, axis);
  expectOneType("Concat", first, ...parts);
  for (const part of parts) {
    expectRank("Concat", part, first.shape.length);
    if (part.shape.some((size, index) => index !== at && size !== first.shape[index])) {
      throw first.graph.error(
        "Concat",
        `${formatShape(part.shape)} does not fit ${formatShape(first.shape)} on axis ${at}`,
      );
    }
  }
  const total = parts.reduce((sum, part) => sum + sizeOf(part, at), 0);
  const shape = first.shape.map((size, index) => (index === at ? total : size));
  return first.graph.node(
    { op: "Concat", inputs: parts, attributes: { axis: { int: at } } },
    { dtype: first.dtype, shape },
  );
}

/** The entries `from` to `to` of an axis, the last not among them. */
export function slice(x: Value, axis: number, from: number, to: number): Value {
  const at = frontAxis(x, axis);
  if (from < 0 || to > sizeOf(x, at) || from >= to) {
    throw x.graph.error("Slice", `${from} to ${to} of axis ${at} of ${formatShape(x.shape)}`);
  }
  const shape = x.shape.map((size, index) => (index === at ? to - from : size));
  const inputs = [x, int64(x, [from]), int64(x, [to]), int64(x, [at])];
  return x.graph.node({ op: "Slice", inputs }, { dtype: x.dtype, shape });
}

/** Cuts an axis into two halves, as `torch.chunk(2)`. */
export function splitInTwo(x: Value, axis: number): readonly [Value, Value] {
  const at = frontAxis(x, axis);
  const size = sizeOf(x, at);
  if (size % 2 !== 0) {
    throw x.graph.error("Split", `axis ${at} of ${formatShape(x.shape)} is odd`);
  }
  const shape = x.shape.map((length, index) => (index === at ? size / 2 : length));
  const attributes = { axis: { int: at }, num_outputs: { int: 2 } };
  const type = { dtype: x.dtype, shape };
  const [head, tail] = x.graph.nodeWithOutputs({ op: "Split", inputs: [x], attributes }, [type, type]);
  if (head === undefined || tail === undefined) {
    throw x.graph.internalError("Split", "two outputs expected");
  }
  return [head, tail];
}

/** Rows of `table` by int64 `indices`: shape `[...indices, ...table[1:]]`. */
export function gatherRows(table: Value, indices: Value): Value {
  expectDType("Gather", indices, "int64");
  const shape = [...indices.shape, ...table.shape.slice(1)];
  const attributes = { axis: { int: 0 } };
  return table.graph.node({ op: "Gather", inputs: [table, indices], attributes }, { dtype: table.dtype, shape });
}

/** Repeats every pixel of `[B, C, H, W]` `factor` times in both directions, as `interpolate(mode="nearest")`. */
export function upsampleNearest(x: Value, factor: number): Value {
  return resizeNearest(x, factor, factor);
}

/** Repeats every pixel of `[B, C, H, W]` so many times downwards and to the right. */
export function resizeNearest(x: Value, down: number, across: number): Value {
  expectRank("Resize", x, 4);
  if (down === 1 && across === 1) {
    return x;
  }
  // ONNX wants the factors in float32 whatever the type of the image.
  const scales = x.graph.constant(Float32Array.of(1, 1, down, across), [4]);
  const shape = [sizeOf(x, 0), sizeOf(x, 1), sizeOf(x, 2) * down, sizeOf(x, 3) * across];
  const attributes = {
    mode: { string: "nearest" },
    nearest_mode: { string: "floor" },
    coordinate_transformation_mode: { string: "asymmetric" },
  };
  return x.graph.node({ op: "Resize", inputs: [x, undefined, scales], attributes }, { dtype: x.dtype, shape });
}

/** Channels `[factor * factor * C]` become squares of pixels: `[B, factor * factor * C, H, W]` to `[B, C, factor * H, factor * W]`. */
export function depthToSpace(x: Value, factor: number): Value {
  expectRank("DepthToSpace", x, 4);
  const [batch, depth, height, width] = [0, 1, 2, 3].map((axis) => sizeOf(x, axis)) as [number, number, number, number];
  if (depth % factor ** 2 !== 0) {
    throw x.graph.error("DepthToSpace", `${depth} channels, expected a multiple of ${factor ** 2}`);
  }
  const attributes = { blocksize: { int: factor }, mode: { string: "DCR" } };
  const shape = [batch, depth / factor ** 2, factor * height, factor * width];
  return x.graph.node({ op: "DepthToSpace", inputs: [x], attributes }, { dtype: x.dtype, shape });
}

function int64(x: Value, numbers: readonly number[]): Value {
  return x.graph.constant(BigInt64Array.from(numbers, BigInt), [numbers.length]);
}
