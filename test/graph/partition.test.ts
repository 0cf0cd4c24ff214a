/** Programs cut in two ways compute what the whole computes. */
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { add, matMul, mul } from "../../src/graph/ops/index.js";
import { hoist, splitByWeight, weightBytes } from "../../src/graph/partition.js";
import { programOf, type Program } from "../../src/graph/program.js";
import type { Node, Value } from "../../src/graph/value.js";
import { floatOutput, runOnce, StagedSession } from "../../src/engine/execution/staged-session.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/closeness.js";
import { denoiser, textEncoder } from "../support/tiny-networks.js";
import type { Feeds, Outputs } from "../../src/runtime/engine.js";

const STAGE_BYTES = 64 * 1024;

function floats(outputs: Outputs | undefined, name: string): Tensor {
  return floatOutput(outputs ?? {}, name);
}

async function runWhole(engine: InferenceProcess, program: Program, feeds: Feeds): Promise<Outputs> {
  const [results] = await runOnce(engine, program, [feeds], { maxStageBytes: Infinity });
  return results ?? expect.fail("no results");
}

/** Inputs of the graph that a value depends on, looked up without regard to how the program was cut. */
function rootsOf(value: Value, known = new Map<Value, ReadonlySet<string>>()): ReadonlySet<string> {
  const found = known.get(value);
  if (found !== undefined) {
    return found;
  }
  const { origin } = value;
  const roots = new Set<string>(origin.kind === "input" ? [value.name] : []);
  if (origin.kind === "node") {
    for (const input of origin.node.inputs) {
      (input === undefined ? new Set<string>() : rootsOf(input, known)).forEach((name) => roots.add(name));
    }
  }
  known.set(value, roots);
  return roots;
}

describe("hoist", () => {
  test("prologue and body together give the whole program's result", async () => {
    const { program, prologue, body, feeds } = await denoiser();
    await using engine = InferenceProcess.start();
    const whole = await runWhole(engine, program, feeds);
    const conditioning = await runWhole(engine, prologue, feeds);
    const cut = await runWhole(engine, body, { ...feeds, ...conditioning });
    expectClose(floats(cut, "prediction"), floats(whole, "prediction"), 1e-5);
  });

  test("every node of the body depends on the sample, or on weights alone", async () => {
    const { body, prologue } = await denoiser();
    const known = new Map<Value, ReadonlySet<string>>();
    for (const node of body.nodes) {
      const [output] = node.outputs;
      if (output?.constant === false) {
        expect(rootsOf(output, known), `${node.path}: ${node.op}`).toContain("sample");
      }
    }
    for (const node of prologue.nodes) {
      node.outputs.forEach((output) => {
        expect(rootsOf(output, known)).not.toContain("sample");
      });
    }
  });

  test("weights of the modulations and the text's projections are not in the body", async () => {
    const { body, prologue } = await denoiser();
    const readers = (nodes: readonly Node[]) => nodes.map(({ path }) => path);
    const invariant = /context_mlp|encoder_hid_proj|time_embedding|add_time_condition/;
    expect(readers(body.nodes).filter((path) => invariant.test(path))).toEqual([]);
    expect(readers(prologue.nodes).filter((path) => invariant.test(path)).length).toBeGreaterThan(50);
    const shared = body.initializers.filter(({ origin }) => origin.kind === "weight");
    expect(shared.filter((weight) => prologue.initializers.includes(weight))).toEqual([]);
  });

  test("an output that depends on invariant inputs alone is computed in the prologue and handed through", async () => {
    const graph = new GraphBuilder();
    const [x, t] = [graph.input("x", "float32", [2]), graph.input("t", "float32", [2])];
    const doubled = mul(t, 2);
    const { prologue, body } = hoist(
      programOf(
        new Map([
          ["sum", add(x, doubled)],
          ["doubled", doubled],
          ["time", t],
        ]),
      ),
      new Set([t]),
    );
    expect(body.nodes.map(({ op }) => op)).toEqual(["Add"]);
    await using engine = InferenceProcess.start();
    const feeds = { x: tensor([2], Float32Array.of(1, 2)), t: tensor([2], Float32Array.of(10, 20)) };
    const results = await runWhole(engine, body, { ...feeds, ...(await runWhole(engine, prologue, feeds)) });
    expect(floats(results, "sum").data).toEqual(Float32Array.of(21, 42));
    expect(floats(results, "doubled").data).toEqual(Float32Array.of(20, 40));
  });
});

describe("splitByWeight", () => {
  const networks = { unet: denoiser, text_encoder: () => textEncoder("gated-silu") };
  test.each(["unet", "text_encoder"] as const)("%s in many small stages gives the same", async (name) => {
    const { program, feeds } = await networks[name]();
    const stages = splitByWeight(program, STAGE_BYTES);
    expect(stages.length).toBeGreaterThan(1);
    for (const stage of stages) {
      const single = Math.max(...stage.nodes.map((node) => bytesBehind(node)));
      expect(weightBytes(stage)).toBeLessThanOrEqual(Math.max(STAGE_BYTES, single));
    }
    await using engine = InferenceProcess.start();
    const [output = ""] = program.outputs.keys();
    const whole = floats(await runWhole(engine, program, feeds), output);
    const [once, again] = await runOnce(engine, program, [feeds, feeds], { maxStageBytes: STAGE_BYTES });
    expectClose(floats(once, output), whole, 1e-4, "runOnce");
    expectClose(floats(again, output), whole, 1e-4, "runOnce, second feeds");
    const staged = await StagedSession.open(engine, program, { maxStageBytes: STAGE_BYTES });
    expectClose(floats(await staged.run(feeds), output), whole, 1e-4, "StagedSession");
    expectClose(floats(await staged.run(feeds), output), whole, 1e-4, "StagedSession, again");
  });

  test("a weight that two stages read counts in both; results read later can be returned as well", () => {
    const graph = new GraphBuilder();
    const location = (offset: number) => ({ file: "/w", offset, length: 64, dtype: "float32", shape: [4, 4] }) as const;
    const [first, second] = [graph.weight(location(0)), graph.weight(location(64))];
    const a = matMul(graph.input("x", "float32", [4, 4]), first);
    const b = matMul(a, second);
    const stages = splitByWeight(
      programOf(
        new Map([
          ["a", a],
          ["c", matMul(b, first)],
          ["same", a],
        ]),
      ),
      64,
    );
    expect(stages.map(weightBytes)).toEqual([64, 64, 64]);
    expect(stages.map(({ outputs }) => [...outputs.keys()])).toEqual([[a.name, "a", "same"], [b.name], ["c"]]);
  });

  test("a program of weights alone is one stage", () => {
    const graph = new GraphBuilder();
    const three = add(graph.constant(Float32Array.of(1), [1]), 2);
    expect(splitByWeight(programOf(new Map([["three", three]])), 1)).toHaveLength(1);
  });
});

function bytesBehind(node: Node): number {
  return weightBytes(
    programOf(new Map(node.outputs.map((output) => [output.name, output])), new Set(nonConstant(node))),
  );
}

function nonConstant(node: Node): Value[] {
  return node.inputs.filter((input): input is Value => input?.constant === false);
}
