import { describe, expect, test } from "vitest";
import { SCHEMES } from "./quantization-scheme.js";
import { roundedRows, scalesOf } from "./quantize.js";

/** Two rows of 64 numbers of very different size, and one of zeros. */
const COLUMNS = 64;
const WEIGHTS = Float32Array.from({ length: 3 * COLUMNS }, (_, index) =>
  index < COLUMNS ? Math.sin(index) : index < 2 * COLUMNS ? 1e-3 * Math.cos(index * 1.3) : 0,
);

describe.each(["int8-full", "int8-reduced", "int4-blocks"] as const)("%s", (name) => {
  const scheme = SCHEMES[name];
  const scales = scalesOf(WEIGHTS, COLUMNS, scheme);
  const stored = roundedRows(WEIGHTS, COLUMNS, scales, scheme);
  const blockSize = "blockSize" in scheme ? scheme.blockSize : COLUMNS;
  const numberAt = (index: number): number =>
    scheme.bits === 8 ? (stored[index] ?? NaN) : ((stored[index >> 1] ?? NaN) >> (index % 2 === 0 ? 0 : 4)) & 15;

  test("every weight is met within half a step; the largest of 4 bits' other sign within one", () => {
    const steps = scheme.bits === 8 ? 0.5 : 1;
    WEIGHTS.forEach((weight, index) => {
      const scale = scales[Math.floor(index / blockSize)] ?? NaN;
      const error = Math.abs((numberAt(index) - scheme.zeroPoint) * scale - weight);
      expect(error).toBeLessThanOrEqual(Math.abs(scale) * steps * 1.0001);
    });
  });

  test("the numbers stay in the range that the kernels are exact in", () => {
    const limits = { "int8-full": [1, 255], "int8-reduced": [1, 127], "int4-blocks": [0, 15] }[name];
    const numbers = Array.from(WEIGHTS, (_, index) => numberAt(index));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(limits[0] ?? NaN);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(limits[1] ?? NaN);
  });
});

test("a row that is not finite has a scale that is not", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    expect(Number.isFinite(scalesOf(Float32Array.of(1, bad, 2, 3), 4, SCHEMES["int8-full"])[0])).toBe(false);
  }
});
