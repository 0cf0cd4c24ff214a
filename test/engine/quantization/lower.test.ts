/** Layers with weights in 8 and 4 bits, run by the engine: exact where the numbers are whole, close where they are not. */
import { describe, expect, test } from "vitest";
import { type SchemeName, SCHEMES } from "../../../src/checkpoint/quantized/quantization-scheme.js";
import type { TensorSource } from "../../../src/checkpoint/tensor-location.js";
import { WeightScope } from "../../../src/checkpoint/weight-scope.js";
import { InternalError, SessionError } from "../../../src/errors.js";
import { emit } from "../../../src/graph/emit.js";
import { GraphBuilder } from "../../../src/graph/graph-builder.js";
import { mul } from "../../../src/graph/ops/index.js";
import { type Program, programOf } from "../../../src/graph/program.js";
import type { ActivationType } from "../../../src/graph/quantized/integer-layers.js";
import { type IntegerKernels, lower } from "../../../src/graph/quantized/lower.js";
import { parameter } from "../../../src/nn/block.js";
import { conv2d } from "../../../src/nn/convolution.js";
import { linear } from "../../../src/nn/linear.js";
import { chooseKernels, measureExactness, probeIntegerKernels } from "../../../src/engine/devices/integer-probe.js";
import { InferenceProcess } from "../../../src/runtime/inference-process.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { relativeError, roundedSource, sourceOf } from "./quantized-network.js";

const WIDTH = 64;
const WEIGHTS = new Set(["conv.weight", "linear.weight"]);

/** A convolution and a linear layer with biases, over weights that `number` gives. */
function layers(number: (index: number) => number): Promise<TensorSource> {
  return sourceOf({
    "conv.weight": filled([WIDTH, WIDTH, 3, 3], number),
    "conv.bias": filled([WIDTH], (index) => index / 8),
    "linear.weight": filled([WIDTH, WIDTH], number),
    "linear.bias": filled([WIDTH], (index) => -index),
  });
}

function filled(shape: readonly number[], number: (index: number) => number): Tensor {
  const full = tensor(shape);
  full.data.forEach((_, index) => (full.data[index] = number(index)));
  return full;
}

function convProgram(source: TensorSource): Program {
  const x = new GraphBuilder().input("x", "float32", [1, WIDTH, 8, 8]);
  return programOf(
    new Map([["y", conv2d(WeightScope.root(source).at("conv"), x, { outChannels: WIDTH, kernel: 3, stride: 2 })]]),
  );
}

function linearProgram(source: TensorSource): Program {
  const x = new GraphBuilder().input("x", "float32", [1, 20, WIDTH]);
  return programOf(new Map([["y", linear(WeightScope.root(source).at("linear"), x, { outFeatures: WIDTH })]]));
}

async function run(
  program: Program,
  number: (index: number) => number,
  kernels?: IntegerKernels,
): Promise<Float32Array> {
  await using engine = InferenceProcess.start({ threads: 2 });
  const lowered = lower(program, kernels ?? (await probeIntegerKernels(engine)));
  const session = await engine.open(emit(lowered));
  const shape = program.inputs[0]?.shape ?? [];
  const { y } = await session.run({ x: filled(shape, number) });
  return y?.data instanceof Float32Array ? y.data : expect.fail("no float32 output");
}

const wave = (index: number): number => Math.sin(index * 1.7);
/** Whole numbers that 8 bits hold without rounding, the ends of the range among them. */
const wholeInputs = (index: number): number => [127, -128, 127, 3][index % 4] ?? 0;

describe.each([
  ["int8-full", "uint8"],
  ["int8-reduced", "int8"],
  ["int8-reduced", "uint8"],
] as const)("%s weights with %s inputs", (scheme, type) => {
  const kernels: IntegerKernels = { full: type, reduced: type };
  const largest = SCHEMES[scheme].zeroPoint - 1;

  test("sums of the largest products are exact", async () => {
    const source = await layers(() => largest);
    const rounded = await roundedSource(source, WEIGHTS, scheme);
    const [actual, expected] = [
      await run(convProgram(rounded), wholeInputs, kernels),
      await run(convProgram(source), wholeInputs, kernels),
    ];
    expect(relativeError(actual, expected)).toBeLessThan(1e-6);
  });

  test.each([
    { layer: "a convolution", build: convProgram },
    { layer: "a linear layer", build: linearProgram },
  ])("$layer is within 1.5 % of float32", async ({ build }) => {
    const source = await layers(wave);
    const rounded = await roundedSource(source, WEIGHTS, scheme);
    const actual = await run(build(rounded), wave, kernels);
    expect(relativeError(actual, await run(build(source), wave))).toBeLessThan(0.015);
  });
});

test.each([
  ["int8-columns", 0.01],
  ["int4-blocks", 0.12],
] as const)("a linear layer of %s is within %d of float32", async (scheme: SchemeName, tolerance) => {
  const source = await layers(wave);
  const rounded = await roundedSource(source, new Set(["linear.weight"]), scheme);
  const actual = await run(linearProgram(rounded), wave);
  expect(relativeError(actual, await run(linearProgram(source), wave))).toBeLessThan(tolerance);
});

test("an input of zeros gives the bias", async () => {
  const rounded = await roundedSource(await layers(wave), WEIGHTS, "int8-reduced");
  const actual = await run(linearProgram(rounded), () => 0);
  expect([...actual.slice(0, 4)]).toEqual([0, -1, -2, -3]);
});

describe("the program", () => {
  test("without weights in few bits is returned as it is", async () => {
    const program = convProgram(await layers(wave));
    expect(lower(program, { full: "uint8", reduced: "int8" })).toBe(program);
  });

  test("with them cannot be emitted before it is lowered", async () => {
    const rounded = await roundedSource(await layers(wave), WEIGHTS, "int8-full");
    expect(() => emit(convProgram(rounded))).toThrow(InternalError);
  });

  test("is refused where such a weight is read by something without a kernel", async () => {
    const rounded = await roundedSource(await layers(wave), WEIGHTS, "int8-full");
    const x = new GraphBuilder().input("x", "float32", [1]);
    const scaled = mul(parameter(WeightScope.root(rounded).at("linear"), x, "weight", [WIDTH, WIDTH]), x);
    const program = programOf(new Map([["y", scaled]]));
    expect(() => lower(program, { full: "uint8", reduced: "int8" })).toThrow(/nothing takes the place of/);
  });
});

describe("the probe", () => {
  const exactness = (full: ActivationType[], reduced: ActivationType[]) => ({
    full: { int8: full.includes("int8"), uint8: full.includes("uint8") },
    reduced: { int8: reduced.includes("int8"), uint8: reduced.includes("uint8") },
  });

  test.each([
    [exactness(["int8", "uint8"], ["int8", "uint8"]), { full: "int8", reduced: "int8" }],
    [exactness(["uint8"], ["int8", "uint8"]), { full: "uint8", reduced: "int8" }],
    [exactness(["uint8"], ["uint8"]), { full: "uint8", reduced: "uint8" }],
  ])("chooses the fastest pairing that is exact: %o", (exact, expected) => {
    expect(chooseKernels(exact)).toEqual(expected);
  });

  test("refuses a machine where none is", () => {
    expect(() => chooseKernels(exactness([], ["int8"]))).toThrow(SessionError);
  });

  test("finds 7-bit weights and unsigned inputs exact, as the instruction sets promise", async () => {
    await using engine = InferenceProcess.start({ threads: 2 });
    const exact = await measureExactness(engine);
    expect(exact.reduced).toEqual({ int8: true, uint8: true });
    expect(exact.full.uint8).toBe(true);
  });

  test("agrees with what a whole layer gives under the fastest pairing, exact or saturated", async () => {
    await using engine = InferenceProcess.start({ threads: 2 });
    const { full } = await measureExactness(engine);
    const source = await layers(() => 127);
    const rounded = await roundedSource(source, WEIGHTS, "int8-full");
    const actual = await run(convProgram(rounded), wholeInputs, { full: "int8", reduced: "int8" });
    const error = relativeError(actual, await run(convProgram(source), wholeInputs));
    expect(error < 1e-6).toBe(full.int8);
  });

  test("what it chooses is exact in a whole layer", async () => {
    const source = await layers(() => 127);
    for (const scheme of ["int8-full", "int8-reduced"] as const) {
      const rounded = await roundedSource(source, WEIGHTS, scheme);
      const actual = await run(convProgram(rounded), wholeInputs);
      expect(relativeError(actual, await run(convProgram(source), wholeInputs))).toBeLessThan(1e-6);
    }
  });
});
