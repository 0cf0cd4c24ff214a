/** Programs in half floats that are rewritten: layers with weights in 8 and 4 bits, and bands of an image. */
import { describe, expect, test } from "vitest";
import { SCHEMES, type SchemeName } from "../../src/checkpoint/quantized/quantization-scheme.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { bandProgram } from "../../src/graph/bands.js";
import { emit } from "../../src/graph/emit.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { cast } from "../../src/graph/ops/index.js";
import { programOf } from "../../src/graph/program.js";
import { lower } from "../../src/graph/quantized/lower.js";
import { conv2d } from "../../src/nn/convolution.js";
import { linear } from "../../src/nn/linear.js";
import { groupNorm } from "../../src/nn/normalization.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { relativeError, roundedSource, sourceOf } from "../engine/quantization/quantized-network.js";
import { runProgram } from "../support/run-program.js";
import { waves } from "../support/tiny-networks.js";

const WIDTH = 64;
const HALF = "float16";

test.each(Object.keys(SCHEMES) as SchemeName[])("layers of %s compute in float32 and return float16", async (scheme) => {
  const source = await sourceOf({ "linear.weight": waves([WIDTH, WIDTH]), "linear.bias": waves([WIDTH]) });
  const quantized = await roundedSource(source, new Set(["linear.weight"]), scheme);
  const graph = new GraphBuilder({ computeType: HALF });
  const x = cast(graph.input("x", "float32", [20, WIDTH]), HALF);
  const y = linear(WeightScope.root(quantized).at("linear"), x, { outFeatures: WIDTH });
  expect(y.dtype).toBe(HALF);
  const program = programOf(new Map([["y", cast(y, "float32")]]));
  const lowered = lower(program, { full: "uint8", reduced: "uint8" });
  expect(lowered.outputs.get("y")?.graph.computeType).toBe(HALF);
  const single = linear(
    WeightScope.root(source).at("linear"),
    new GraphBuilder().input("x", "float32", [20, WIDTH]),
    { outFeatures: WIDTH },
  );
  const feeds = { x: waves([20, WIDTH]) };
  const actual = (await runProgram(lowered.outputs, feeds)).get("y") ?? expect.fail("no output y");
  const expected = (await runProgram(new Map([["y", single]]), feeds)).get("y") ?? expect.fail("no output y");
  expect(relativeError(actual.data, expected.data)).toBeLessThan(scheme.startsWith("int4") ? 0.2 : 0.03);
});

describe("bands", () => {
  test("take and give float32 moments, and return float16; the engine opens them", async () => {
    const source = await sourceOf({
      "conv.weight": waves([WIDTH, WIDTH, 3, 3]),
      "conv.bias": waves([WIDTH]),
      "norm.weight": waves([WIDTH]),
      "norm.bias": waves([WIDTH]),
    });
    const scope = WeightScope.root(source);
    const image = new GraphBuilder({ computeType: HALF }).input("image", HALF, [1, WIDTH, 8, 8]);
    const normed = groupNorm(scope.at("norm"), image, { groups: 8, epsilon: 1e-6 });
    const output = conv2d(scope.at("conv"), normed, { outChannels: WIDTH, kernel: 3 });
    const { local, given } = bandProgram(programOf(new Map([["y", output]])));
    await using engine = InferenceProcess.start({ threads: 1 });
    for (const program of [local, given]) {
      const types = [...program.inputs, ...program.outputs.values()].map(({ name, dtype }) => [name, dtype]);
      expect(program.outputs.get("y")?.dtype).toBe(HALF);
      expect(types.filter(([, dtype]) => dtype === HALF)).toHaveLength(2);
      expect([...program.outputs].filter(([name]) => name.startsWith("band.")).map(([, { dtype }]) => dtype)).toEqual([
        "float32",
        "float32",
      ]);
      await (await engine.open(emit(program))).release();
    }
  });
});
