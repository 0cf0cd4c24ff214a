/** What is written reads back, and weights are found at their bytes. */
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { expect, test } from "vitest";
import { openWeights } from "../../src/checkpoint/weight-files.js";
import { emit } from "../../src/graph/emit.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { conv, matMul, mul } from "../../src/graph/ops/index.js";
import { programOf } from "../../src/graph/program.js";
import { temporaryFolder } from "../checkpoint/support.js";
import { GATED_GELU } from "../support/tiny-networks.js";
import { runProgram } from "../support/run-program.js";

test("external data of a symlinked file names the tensor's bytes, and the engine reads them", async () => {
  const folder = temporaryFolder();
  symlinkSync(join(GATED_GELU, "model.safetensors"), join(folder, "model.safetensors"));
  const { tensors } = await openWeights(folder, "model");
  const location = tensors.get("shared.weight") ?? expect.fail("no shared.weight");
  const doubled = mul(new GraphBuilder().weight(location), 2);
  const { bytes, externalDataRoot } = emit(programOf(new Map([["y", doubled]])));
  const graph = fromBinary(ModelProtoSchema, bytes).graph ?? expect.fail("no graph");
  const weight = graph.initializer.find(({ externalData }) => externalData.length > 0) ?? expect.fail("no weight");
  const entry = Object.fromEntries(weight.externalData.map(({ key, value }) => [key, value]));
  const file = readFileSync(join(externalDataRoot, entry["location"] ?? ""));
  const start = Number(entry["offset"]);
  const stored = new Float32Array(Uint8Array.from(file.subarray(start, start + Number(entry["length"]))).buffer);
  expect(stored.length).toBe(location.shape.reduce((a, b) => a * b, 1));
  const actual = (await runProgram(new Map([["y", doubled]]), {})).get("y");
  expect(actual?.data).toEqual(stored.map((value) => value * 2));
  expect(graph.node.map(({ opType }) => opType)).toEqual(["Mul"]);
  expect(graph.output.map(({ name }) => name)).toEqual(["y"]);
});

test("a shape error names the block, the operator and both shapes", () => {
  const graph = new GraphBuilder();
  const x = graph.input("x", "float32", [2, 3]);
  expect(() => graph.within("unet.conv_in", () => matMul(x, x))).toThrow(
    "unet.conv_in: MatMul: [2, 3] x [2, 3] do not fit",
  );
  expect(() => conv(x, x, undefined)).toThrow("graph: Conv: x has shape [2, 3], expected 4 axes");
});
