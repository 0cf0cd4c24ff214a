/** What a program becomes on its way to the engine: fewer products and less memory traffic, with the same numbers. */
import { describe, expect, test } from "vitest";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { probeIntegerKernels } from "../../src/engine/devices/integer-probe.js";
import { emit } from "../../src/graph/emit.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { add, cast, convInteger, mul, upsampleNearest } from "../../src/graph/ops/index.js";
import { type Program, programOf } from "../../src/graph/program.js";
import { inBands } from "../../src/graph/quantized/convolution-bands.js";
import { lower } from "../../src/graph/quantized/lower.js";
import { simplify } from "../../src/graph/simplify/simplify.js";
import type { Value } from "../../src/graph/value.js";
import { conv2d } from "../../src/nn/convolution.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { relativeError, roundedSource, sourceOf } from "./quantization/quantized-network.js";

const CHANNELS = 8;
const [HEIGHT, WIDTH] = [5, 7];

function filled(shape: readonly number[], number: (index: number) => number): Tensor {
  const full = tensor(shape);
  full.data.forEach((_, index) => (full.data[index] = number(index)));
  return full;
}

const wave = (index: number): number => Math.sin(index * 1.7) * Math.cos(index * 0.03);

async function run(program: Program): Promise<Float32Array> {
  await using engine = InferenceProcess.start({ threads: 2 });
  const lowered = lower(program, await probeIntegerKernels(engine));
  const session = await engine.open(emit(lowered));
  const feeds = Object.fromEntries(program.inputs.map(({ name, shape }) => [name, filled(shape, wave)]));
  const { y } = await session.run(feeds);
  return y?.data instanceof Float32Array ? y.data : expect.fail("no float32 output");
}

const operatorsOf = ({ nodes }: Program): string[] => nodes.map(({ op }) => op);

describe("a convolution of a doubled image", () => {
  const source = sourceOf({
    "conv.weight": filled([CHANNELS, CHANNELS, 3, 3], wave),
    "conv.bias": filled([CHANNELS], (index) => index / 8),
  });
  const doubled = (scope: WeightScope, factor = 2): Program => {
    const x = new GraphBuilder().input("x", "float32", [1, CHANNELS, HEIGHT, WIDTH]);
    const y = conv2d(scope.at("conv"), upsampleNearest(x, factor), { outChannels: CHANNELS, kernel: 3 });
    return programOf(new Map([["y", y]]));
  };

  test("is done on the image itself, with the same numbers but for the last bits", async () => {
    const program = doubled(WeightScope.root(await source));
    const simple = simplify(program);
    expect(operatorsOf(simple)).not.toContain("Resize");
    expect(operatorsOf(simple).filter((op) => op === "Conv")).toHaveLength(4);
    expect([...simple.outputs.values()][0]?.shape).toEqual([1, CHANNELS, 2 * HEIGHT, 2 * WIDTH]);
    expect(relativeError(await run(simple), await run(program))).toBeLessThan(1e-6);
  });

  test.each(["int8-full", "int8-reduced"] as const)("with %s weights it stays in integers", async (scheme) => {
    const floats = doubled(WeightScope.root(await source));
    const rounded = doubled(WeightScope.root(await roundedSource(await source, new Set(["conv.weight"]), scheme)));
    expect(simplify(rounded)).toBe(rounded);
    await using engine = InferenceProcess.start({ threads: 2 });
    const lowered = lower(rounded, await probeIntegerKernels(engine));
    expect(operatorsOf(lowered).filter((op) => op === "ConvInteger")).toHaveLength(4);
    expect(operatorsOf(lowered)).not.toContain("Resize");
    expect(relativeError(await run(rounded), await run(floats))).toBeLessThan(scheme === "int8-full" ? 0.02 : 0.04);
  });

  test("of an image enlarged by another factor stays as it is", async () => {
    const program = doubled(WeightScope.root(await source), 3);
    expect(simplify(program)).toBe(program);
  });
});

describe("a small map that was enlarged", () => {
  test.each([
    ["by 8", 8],
    ["by 3", 3],
    ["by 1", 1],
  ])("%s: its rows are repeated by the operator, with the same bits", async (_words, factor) => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", [1, CHANNELS, HEIGHT * factor, WIDTH * factor]);
    const map = graph.input("map", "float32", [1, CHANNELS, HEIGHT, WIDTH]);
    const large = upsampleNearest(mul(map, 0.5), factor);
    const program = programOf(new Map([["y", add(mul(x, large), upsampleNearest(map, factor))]]));
    const simple = simplify(program);
    expect(simple === program).toBe(factor === 1);
    expect(await run(simple)).toEqual(await run(program));
  });

  test("on the left of the operator it stays as it is", () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", [1, 2, 4, 4]);
    const program = programOf(
      new Map([["y", mul(upsampleNearest(graph.input("map", "float32", [1, 2, 2, 2]), 2), x)]]),
    );
    expect(simplify(program)).toBe(program);
  });
});

describe("an integer convolution in bands", () => {
  const program = (options: {
    kernel: number;
    stride: number;
    pads: readonly number[];
    bandBytes: number;
  }): Program => {
    const { kernel, stride, pads, bandBytes } = options;
    const [rows, columns] = [11, 6];
    const [top = 0, left = 0, bottom = 0, right = 0] = pads;
    const size = [
      Math.floor((rows + top + bottom - kernel) / stride) + 1,
      Math.floor((columns + left + right - kernel) / stride) + 1,
    ] as const;
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", [1, CHANNELS, rows, columns]);
    const zeroPoint = (number: number): Value => graph.constant(Uint8Array.of(number), []);
    const weight = Uint8Array.from({ length: CHANNELS ** 2 * kernel ** 2 }, (_, index) => (index * 37) % 255);
    const numbers = {
      numbers: graph.constant(weight, [CHANNELS, CHANNELS, kernel, kernel]),
      zeroPoint: zeroPoint(128),
    };
    const attributes = {
      kernel_shape: { ints: [kernel, kernel] },
      pads: { ints: pads },
      strides: { ints: [stride, stride] },
    };
    const y = inBands(
      cast(add(mul(x, 100), 128), "uint8"),
      attributes,
      size,
      (band, banded, bandSize) =>
        cast(convInteger({ numbers: band, zeroPoint: zeroPoint(128) }, numbers, banded, bandSize), "float32"),
      bandBytes,
    );
    expect(y.shape).toEqual([1, CHANNELS, ...size]);
    return programOf(new Map([["y", y]]));
  };

  test.each([
    { kernel: 3, stride: 1, pads: [1, 1, 1, 1] },
    { kernel: 3, stride: 2, pads: [0, 0, 1, 1] },
    { kernel: 2, stride: 1, pads: [1, 0, 0, 1] },
    { kernel: 3, stride: 1, pads: [0, 0, 0, 0] },
    { kernel: 2, stride: 2, pads: [0, 0, 0, 0] },
  ])("kernel $kernel, stride $stride, pads $pads: the same numbers", async (options) => {
    const whole = program({ ...options, bandBytes: 1e9 });
    const expected = await run(whole);
    expect(operatorsOf(whole)).not.toContain("Slice");
    const { kernel, stride, pads } = options;
    const columns = Math.floor((6 + (pads[1] ?? 0) + (pads[3] ?? 0) - kernel) / stride) + 1;
    for (const rows of [1, 2, 4]) {
      const banded = program({ ...options, bandBytes: rows * CHANNELS * kernel ** 2 * columns });
      expect(operatorsOf(banded).filter((op) => op === "ConvInteger").length).toBeGreaterThan(1);
      expect(await run(banded)).toEqual(expected);
    }
  });
});
