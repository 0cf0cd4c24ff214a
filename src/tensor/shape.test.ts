import { describe, expect, it, test } from "vitest";
import { InternalError } from "../errors.js";
import { axes, axisSize, imageShape, sequenceShape } from "./shape.js";
import { concatRows, row, rowCount, tensor } from "./tensor.js";

test("the axes of a shape of the expected rank are its sizes", () => {
  const [rows, columns]: readonly [number, number] = axes([3, 0], 2, "scores");
  expect([rows, columns]).toEqual([3, 0]);
});

test.each([[[]], [[1, 2, 3]]])("another rank is named: %j", (shape) => {
  expect(() => axes(shape, 2, "scores")).toThrow(InternalError);
  expect(() => axes(shape, 2, "scores")).toThrow(`scores has shape [${shape.join(", ")}], expected 2 axes`);
});

test("images have their sizes by name, and four axes", () => {
  expect(imageShape(tensor([2, 3, 4, 5]), "image")).toEqual({ batch: 2, channels: 3, height: 4, width: 5 });
  expect(() => imageShape(tensor([3, 4, 5]), "the mask")).toThrow("the mask has shape [3, 4, 5], expected 4 axes");
});

test("rows of tensors are counted, taken and joined", () => {
  const source = tensor([2, 2], Float32Array.of(1, 2, 3, 4));
  expect(rowCount(source)).toBe(2);
  expect(row(source, 1)).toEqual(tensor([1, 2], Float32Array.of(3, 4)));
  expect(concatRows([row(source, 1), source]).data).toEqual(Float32Array.of(3, 4, 1, 2, 3, 4));
});

test("what is no row or does not fit is a fault of the program", () => {
  for (const fault of [
    () => rowCount(tensor([])),
    () => row(tensor([2, 2]), 2),
    () => concatRows([]),
    () => concatRows([tensor([1, 2]), tensor([1, 3])]),
    () => tensor([3], new Float32Array(2)),
  ]) {
    expect(fault).toThrow(InternalError);
  }
});

describe("axisSize", () => {
  it("counts from either end, and tells an axis that is not there", () => {
    expect([axisSize([3, 5], 0), axisSize([3, 5], 1), axisSize([3, 5], -1)]).toEqual([3, 5, 5]);
    for (const [shape, axis] of [
      [[3, 5], 2],
      [[3, 5], -3],
      [[], 0],
    ] as const) {
      expect(() => axisSize(shape, axis)).toThrow(InternalError);
    }
  });
});

describe("sequenceShape", () => {
  it("names three axes", () => {
    expect(sequenceShape({ shape: [1, 7, 32] }, "x")).toEqual({ batch: 1, length: 7, width: 32 });
    expect(() => sequenceShape({ shape: [7, 32] }, "x")).toThrow(InternalError);
  });
});
