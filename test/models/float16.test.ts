/** The networks in half floats: what is computed in float16, what stays float32, and that the engine takes the graphs. */
import { describe, expect, test } from "vitest";
import { emit } from "../../src/graph/emit.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { add, concat, conv, gemm, layerNormalization, matMul, mul } from "../../src/graph/ops/index.js";
import { printProgram } from "../../src/graph/print.js";
import { type Program, programOf } from "../../src/graph/program.js";
import type { Node } from "../../src/graph/value.js";
import { movqDecoder } from "../../src/models/movq/decoder.js";
import { movqEncoder } from "../../src/models/movq/encoder.js";
import { quantize } from "../../src/models/movq/quantizer.js";
import { GraphError } from "../../src/errors.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { isFloat } from "../../src/tensor/dtype.js";
import { denoiser, movq, textEncoder } from "../support/tiny-networks.js";

const HALF = "float16";

/** Nodes of a network that may return float32. */
type Float32Nodes = (node: Node) => boolean;

const NONE: Float32Nodes = () => false;
/** The residual stream: the embeddings as they are stored, its sums, what is widened to be added, and the norms that read it. */
const RESIDUAL_STREAM: Float32Nodes = ({ op, path }) =>
  (path === "" && op === "Gather") ||
  (/^encoder\.block\.\d+$/.test(path) && ["Add", "Cast"].includes(op)) ||
  (/layer_norm$/.test(path) && op === "SimplifiedLayerNormalization");
/** The angles of the time, up to 1000, and their sines. */
const TIME_ANGLES: Float32Nodes = ({ op, path }) =>
  path === "" && ["Reshape", "Mul", "Sin", "Cos", "Concat"].includes(op);

interface Case {
  readonly name: string;
  readonly program: Program;
  readonly float32Nodes: Float32Nodes;
}

const { program, prologue, body } = await denoiser(2, HALF);
const CASES: readonly Case[] = [
  { name: "text encoder, gated SiLU", program: (await textEncoder("gated-silu", HALF)).program, float32Nodes: RESIDUAL_STREAM },
  { name: "text encoder, gated GELU", program: (await textEncoder("gated-gelu", HALF)).program, float32Nodes: RESIDUAL_STREAM },
  { name: "U-Net", program, float32Nodes: TIME_ANGLES },
  { name: "U-Net's prologue", program: prologue, float32Nodes: TIME_ANGLES },
  { name: "U-Net's body", program: body, float32Nodes: NONE },
  { name: "MoVQ's encoder", program: await movq([1, 3, 32, 64], movqEncoder, HALF), float32Nodes: NONE },
  { name: "MoVQ's decoder", program: await movq([1, 4, 4, 8], movqDecoder, HALF), float32Nodes: NONE },
  { name: "MoVQ's quantizer", program: await movq([1, 4, 4, 8], quantize, HALF), float32Nodes: NONE },
];

describe.each(CASES)("$name", ({ name, program: network, float32Nodes }) => {
  test("every float between nodes is float16 but for what is named, and so are the outputs", () => {
    const others = network.nodes.filter(({ outputs }) => outputs.some(({ dtype }) => isFloat(dtype) && dtype !== HALF));
    expect(others.filter((node) => !float32Nodes(node)).map(({ path, op }) => `${path} ${op}`)).toEqual([]);
    expect(others.length > 0, "the named exceptions are there").toBe(float32Nodes !== NONE);
    for (const output of network.outputs.values()) {
      expect(output.dtype).toBe(HALF);
    }
  });

  test("the inputs are float16 but for the times and the token ids", () => {
    const dtypes = new Map(network.inputs.map((input) => [input.name, input.dtype]));
    for (const [input, dtype] of dtypes) {
      expect(dtype, input).toBe({ timesteps: "float32", input_ids: "int64" }[input] ?? HALF);
    }
  });

  test("it prints with the numbers of its constants", () => {
    expect(printProgram(network)).toContain(name === "MoVQ's quantizer" ? "[2]" : "float16");
  });

  test("ONNX Runtime's CPU provider opens it", async () => {
    await using engine = InferenceProcess.start({ threads: 1 });
    const session = await engine.open(emit(network));
    await session.release();
  });
});

test("a constant prints as the number that its pattern stands for", () => {
  const graph = new GraphBuilder({ computeType: HALF });
  const x = graph.input("x", HALF, [2]);
  const text = printProgram(programOf(new Map([["y", mul(add(x, 0.1), graph.floats([1, -2.5], [2]))]])));
  expect(text).toContain("Add(%0, [0.0999755859375])");
  expect(text).toContain("Mul(%1, [1,-2.5])");
});

test("a number takes the type of the value that it meets", () => {
  const graph = new GraphBuilder({ computeType: HALF });
  expect(mul(graph.input("times", "float32", [2]), 3).dtype).toBe("float32");
});

describe("operands of two types are refused at the call", () => {
  const graph = new GraphBuilder({ computeType: HALF });
  const half = graph.input("half", HALF, [4, 4]);
  const single = graph.input("single", "float32", [4, 4]);
  const bias = graph.input("bias", "float32", [4]);
  const image = graph.input("image", HALF, [1, 4, 4, 4]);
  const kernel = graph.input("kernel", "float32", [4, 4, 1, 1]);
  const calls: readonly (readonly [string, () => unknown])[] = [
    ["Add", () => add(half, single)],
    ["MatMul", () => matMul(half, single)],
    ["Gemm", () => gemm(half, single)],
    ["Gemm", () => gemm(half, half, bias)],
    ["Concat", () => concat([half, single], 0)],
    ["Conv", () => conv(image, kernel, undefined)],
    ["LayerNormalization", () => layerNormalization(half, bias, undefined, 1e-5)],
  ];
  test.each(calls)("%s", (op, call) => {
    expect(call).toThrow(GraphError);
    expect(call).toThrow(new RegExp(`^graph: ${op}: \\w+ is float32, expected float16 as \\w+ is$`));
  });

  test("as are types that nothing is computed in", () => {
    const ids = graph.input("ids", "int64", [4]);
    expect(() => mul(ids, 2)).toThrow("graph: Mul: ids is int64, expected float32 or float16");
  });
});
