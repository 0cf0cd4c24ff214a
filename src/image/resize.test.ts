import { describe, expect, test } from "vitest";
import { pixelsOf } from "./pixels.js";
import { resizePixels } from "./resize.js";
import { InternalError } from "../errors.js";

describe("resize", () => {
  test("a flat picture stays flat at every size", () => {
    const flat = pixelsOf(7, 5, new Uint8Array(7 * 5 * 3).fill(131));
    for (const [width, height] of [
      [1, 1],
      [3, 11],
      [29, 2],
      [64, 64],
    ] as const) {
      const { data } = resizePixels(flat, width, height);
      expect(data.every((byte) => byte === 131)).toBe(true);
    }
  });

  test("the same size is the same picture", () => {
    const picture = pixelsOf(2, 1, Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(resizePixels(picture, 2, 1)).toBe(picture);
  });

  test("impossible sizes are faults", () => {
    const picture = pixelsOf(1, 1, Uint8Array.of(1, 2, 3));
    for (const size of [0, -1, 1.5, NaN]) {
      expect(() => resizePixels(picture, size, 1)).toThrow(InternalError);
    }
  });
});
