/** Random numbers against those of PyTorch, for every seed, type and size of the fixtures. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.js";
import { drawNoise, TorchGenerator, type NoiseDType } from "../../src/tensor/random.js";
import { encodeHalf } from "../../src/tensor/float16.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { largestDifference } from "../support/closeness.js";
import { casesOf, diffusersFixture, type GoldenCase } from "../support/goldens.js";

interface RngCase extends GoldenCase {
  readonly files: { readonly randn: string; readonly sequences: string };
  readonly tolerance: Readonly<Record<NoiseDType, number>>;
}
interface Draw {
  readonly sha256: string;
  readonly first: readonly number[];
  readonly last?: readonly number[];
}
interface Single extends Draw {
  readonly seed: string;
  readonly dtype: NoiseDType;
  readonly shape: readonly number[];
}
interface Sequence {
  readonly seed: string;
  readonly dtype: NoiseDType;
  readonly shapes: readonly (readonly number[])[];
  readonly draws: readonly Draw[];
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(diffusersFixture(path), "utf8"));
}

function expectDraw(actual: Tensor, expected: Draw, dtype: NoiseDType, tolerance: number, label: string): void {
  const first = largestDifference(actual.data.subarray(0, expected.first.length), expected.first);
  expect(first.difference, `${label}, first, at ${first.index}`).toBeLessThanOrEqual(tolerance);
  const last = expected.last ?? [];
  const tail = largestDifference(actual.data.subarray(actual.data.length - last.length), last);
  expect(tail.difference, `${label}, last, at ${tail.index}`).toBeLessThanOrEqual(tolerance);
  expect(digest(actual, dtype), `${label}, all bits`).toBe(expected.sha256);
}

/** SHA-256 of the little-endian bytes that PyTorch would hold. */
function digest({ data }: Tensor, dtype: NoiseDType): string {
  const { buffer, byteOffset, byteLength } = dtype === "float32" ? data : encodeHalf(data, dtype);
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

describe.each(casesOf<RngCase>("rng"))("$id", ({ files, tolerance }) => {
  const singles = readJson(files.randn) as Single[];
  const sequences = readJson(files.sequences) as Sequence[];

  test("single draws", () => {
    for (const single of singles) {
      const actual = new TorchGenerator(BigInt(single.seed)).randn(single.shape, single.dtype);
      expectDraw(
        actual,
        single,
        single.dtype,
        tolerance[single.dtype],
        `${single.seed} ${single.dtype} [${single.shape.join()}]`,
      );
    }
  });

  test("draws in a row share the state and the number kept back", () => {
    for (const { seed, dtype, shapes, draws } of sequences) {
      const generator = new TorchGenerator(BigInt(seed));
      expect(shapes.length).toBe(draws.length);
      draws.forEach((draw, i) => {
        const shape = shapes[i] ?? [];
        expectDraw(generator.randn(shape, dtype), draw, dtype, tolerance[dtype], `${seed} ${dtype} draw ${i}`);
      });
    }
  });
});

describe("seeds", () => {
  const draw = (seed: bigint | number): Float32Array => new TorchGenerator(seed).randn([20]).data;

  test("the low 32 bits count", () => {
    expect(draw(2n ** 32n + 7n)).toEqual(draw(7));
    expect(draw(-1)).toEqual(draw(2n ** 64n - 1n));
    expect(draw(1)).not.toEqual(draw(0));
  });

  test("what is no 64-bit integer is refused", () => {
    for (const seed of [2n ** 64n, -(2n ** 63n) - 1n, 0.5, NaN, 2 ** 53]) {
      expect(() => new TorchGenerator(seed)).toThrow(UsageError);
    }
  });
});

describe("drawNoise", () => {
  const make = (...seeds: number[]): TorchGenerator[] => seeds.map((seed) => new TorchGenerator(seed));

  test("one generator draws the batch at once", () => {
    expect(drawNoise(make(3), [2, 4, 8, 8])).toEqual(new TorchGenerator(3).randn([2, 4, 8, 8]));
  });

  test("several draw a row each", () => {
    const noise = drawNoise(make(3, 4), [2, 4, 8, 8], "float16");
    expect(noise.shape).toEqual([2, 4, 8, 8]);
    expect(noise.data.subarray(256)).toEqual(new TorchGenerator(4).randn([1, 4, 8, 8], "float16").data);
  });

  test("another number of generators is refused", () => {
    expect(() => drawNoise(make(1, 2), [3, 4, 8, 8])).toThrow("Got 2 seeds for a batch of 3");
    expect(() => drawNoise([], [3, 4, 8, 8])).toThrow(UsageError);
  });
});
