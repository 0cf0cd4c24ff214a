/** Numeric comparison that says where two arrays differ most. */
import { expect } from "vitest";
import type { Tensor } from "../../src/tensor/tensor.js";

/** Largest absolute difference and its index. NaN on one side only counts as infinitely far. */
export function largestDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): { difference: number; index: number } {
  let difference = 0;
  let index = -1;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i] ?? NaN;
    const e = expected[i] ?? NaN;
    const d = Object.is(a, e) ? 0 : Math.abs(a - e);
    if (Number.isNaN(d) || d > difference) {
      difference = Number.isNaN(d) ? Infinity : d;
      index = i;
    }
  }
  return { difference, index };
}

/** Fails unless the shapes are equal and no value is further than `tolerance` away. */
export function expectClose(actual: Tensor, expected: Tensor, tolerance: number, label = "tensor"): void {
  expect(actual.shape, `${label}: shape`).toEqual(expected.shape);
  const { difference, index } = largestDifference(actual.data, expected.data);
  expect(
    difference,
    `${label}: at ${index} got ${String(actual.data[index])}, expected ${String(expected.data[index])}`,
  ).toBeLessThanOrEqual(tolerance);
}
