/** Half floats: all patterns there and back, and the roundings at the edges. */
import { describe, expect, test } from "vitest";
import {
  decodeBfloat16,
  decodeFloat16,
  decodeHalf,
  encodeBfloat16,
  encodeFloat16,
  encodeHalf,
  roundToHalf,
} from "../../src/tensor/float16.js";

const ALL = Uint16Array.from({ length: 2 ** 16 }, (_, pattern) => pattern);

describe.each(["float16", "bfloat16"] as const)("%s", (dtype) => {
  const values = decodeHalf(ALL, dtype);

  test("every number survives the round trip, every NaN stays one", () => {
    const back = encodeHalf(values, dtype);
    const wrong = [...ALL].filter((pattern) => !Number.isNaN(values[pattern]) && back[pattern] !== pattern);
    expect(wrong).toEqual([]);
    expect(roundToHalf(Float32Array.of(NaN, -NaN), dtype)).toEqual(Float32Array.of(NaN, NaN));
  });

  test("a value in the middle of two goes to the even pattern, one beside it to the nearer", () => {
    // From infinity's lower neighbour on there is no middle; bfloat16 starts where float32 has bits to spare.
    const [first, last] = dtype === "float16" ? [0, 0x7bff] : [0x80, 0x7f7f];
    for (let pattern = first; pattern < last; pattern++) {
      const [low = NaN, high = NaN] = [values[pattern], values[pattern + 1]];
      const middle = (low + high) / 2;
      const beside = middle * 2 ** -20;
      const even = pattern + (pattern & 1);
      const probes = Float32Array.of(middle, middle + beside, middle - beside, -middle);
      expect([...encodeHalf(probes, dtype)]).toEqual([even, pattern + 1, pattern, even | 0x8000]);
    }
  });
});

test("float16 at its edges", () => {
  expect(decodeFloat16(0x3c00)).toBe(1);
  expect(decodeFloat16(0x0001)).toBe(2 ** -24);
  expect(decodeFloat16(0x7bff)).toBe(65504);
  expect(encodeFloat16(65519.996)).toBe(0x7bff);
  expect(encodeFloat16(65520)).toBe(0x7c00);
  expect(encodeFloat16(-1e30)).toBe(0xfc00);
  expect(encodeFloat16(2 ** -25)).toBe(0);
  expect(encodeFloat16(-0)).toBe(0x8000);
  expect(Object.is(decodeFloat16(0x8000), -0)).toBe(true);
});

test("bfloat16 at its edges", () => {
  expect(decodeBfloat16(0x3f80)).toBe(1);
  expect(encodeBfloat16(Math.PI)).toBe(0x4049);
  expect(encodeBfloat16(3.4e38)).toBe(0x7f80);
  expect(encodeBfloat16(-Infinity)).toBe(0xff80);
});
