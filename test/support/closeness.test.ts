import { expect, test } from "vitest";
import { tensor } from "../../src/tensor/tensor.js";
import { expectClose, largestDifference } from "./closeness.js";

test("the largest difference and its place are found", () => {
  expect(largestDifference([1, 2, 3], [1, 2.5, 3.1])).toEqual({ difference: 0.5, index: 1 });
});

test("NaN is far from every number and near to itself", () => {
  expect(largestDifference([NaN], [0]).difference).toBe(Infinity);
  expect(largestDifference([0], [NaN]).difference).toBe(Infinity);
  expect(largestDifference([NaN], [NaN]).difference).toBe(0);
});

test("expectClose fails beyond the tolerance and on another shape", () => {
  const zero = tensor([2]);
  expect(() => {
    expectClose(tensor([2], Float32Array.of(0, 0.2)), zero, 0.1);
  }).toThrow(/at 1 got 0\.2/);
  expect(() => {
    expectClose(tensor([1, 2]), zero, 1);
  }).toThrow(/shape/);
  expectClose(tensor([2], Float32Array.of(0, 0.05)), zero, 0.1);
});
