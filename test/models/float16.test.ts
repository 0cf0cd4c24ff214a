/** The type of arithmetic is a setting of the graph: every network builds in float16, and says which of its values stay float32. */
import { describe, expect, it } from "vitest";
import { GraphError } from "../../src/errors.js";
import { emit } from "../../src/graph/emit.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { add, concat, conv, gemm, matMul } from "../../src/graph/ops/index.js";
import { printProgram } from "../../src/graph/print.js";
import type { Program } from "../../src/graph/program.js";
import type { Value } from "../../src/graph/value.js";
import { movqDecoder } from "../../src/models/movq/decoder.js";
import { movqEncoder } from "../../src/models/movq/encoder.js";
import { quantize } from "../../src/models/movq/quantizer.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { isFloat } from "../../src/tensor/dtype.js";
import { denoiser, movq, textEncoder } from "../support/tiny-networks.js";

const half = (): GraphBuilder => new GraphBuilder("", "float16");

interface Case {
  readonly build: (graph: GraphBuilder) => Promise<Program>;
  /** Operators whose results are float32 all the same. */
  readonly float32?: readonly string[];
}

/** Sines of angles up to a thousand, and what the angles are made of. */
const TIME = ["Concat", "Cos", "Mul", "Reshape", "Sin"];
/** Rows of the embedding table are converted after they are looked up, and the table is not. */
const LOOK_UP = ["Gather"];

const NETWORKS: Readonly<Record<string, Case>> = {
  "text encoder, gated-silu": { build: async (graph) => (await textEncoder("gated-silu", graph)).program, float32: LOOK_UP },
  "text encoder, gated-gelu": { build: async (graph) => (await textEncoder("gated-gelu", graph)).program, float32: LOOK_UP },
  "U-Net": { build: async (graph) => (await denoiser(2, graph)).program, float32: TIME },
  "U-Net, what depends on time and text": { build: async (graph) => (await denoiser(2, graph)).prologue, float32: TIME },
  "U-Net, what depends on the sample": { build: async (graph) => (await denoiser(2, graph)).body },
  "MoVQ's encoder": { build: (graph) => movq([1, 3, 32, 64], movqEncoder, graph) },
  "MoVQ's decoder": { build: (graph) => movq([1, 4, 4, 8], movqDecoder, graph) },
  "MoVQ's codebook": { build: (graph) => movq([1, 4, 4, 8], quantize, graph) },
};

describe.each(Object.entries(NETWORKS))("%s in float16", (_name, { build, float32 = [] }) => {
  it("computes in float16, returns it, and prints", async () => {
    const program = await build(half());
    const values = program.nodes.flatMap(({ op, outputs }) => outputs.map((output) => ({ op, output })));
    const others = values.filter(({ output }) => isFloat(output.dtype) && output.dtype !== "float16");
    expect([...new Set(others.map(({ op }) => op))].sort()).toEqual(float32);
    expect(others.every(({ output }) => output.dtype === "float32")).toBe(true);
    expect([...program.outputs.values()].filter(({ dtype }) => isFloat(dtype) && dtype !== "float16")).toEqual([]);
    const text = printProgram(program);
    expect(text).toContain("float16[");
    expect(text).not.toContain("bfloat16");
  });

  it("has the operators of the float32 network, in the same order and shapes, beside conversions", async () => {
    const operators = ({ nodes }: Program): string[] =>
      nodes
        .filter(({ op }) => op !== "Cast")
        .map(({ op, path, outputs }) => `${path} ${op} ${outputs.map(({ shape }) => shape.join("x")).join()}`);
    expect(operators(await build(half()))).toEqual(operators(await build(new GraphBuilder())));
  });

  it("is a model that the engine opens", async () => {
    await using engine = InferenceProcess.start({ threads: 1 });
    const session = await engine.open(emit(await build(half())));
    await session.release();
  });
});

describe("operators", () => {
  const graph = half();
  const [x, y] = [graph.input("x", "float16", [2, 2]), graph.input("y", "float32", [2, 2])];
  const image = graph.input("image", "float16", [1, 2, 4, 4]);
  const kernel = graph.input("kernel", "float32", [2, 2, 1, 1]);

  it.each<[string, () => Value]>([
    ["Add", () => add(x, y)],
    ["MatMul", () => matMul(x, y)],
    ["Gemm", () => gemm(x, y)],
    ["Conv", () => conv(image, kernel, undefined)],
    ["Concat", () => concat([x, y], 1)],
  ])("%s refuses operands of two types", (_name, build) => {
    expect(build).toThrow(GraphError);
  });

  it("make numbers in the type of their operand", () => {
    expect(add(x, 0.1).dtype).toBe("float16");
    expect(add(y, 0.1).dtype).toBe("float32");
  });
});
