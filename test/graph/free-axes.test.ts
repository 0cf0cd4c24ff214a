/** A program that is opened once and run at many sizes computes what programs of each size compute. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InternalError } from "../../src/errors.js";
import { emit } from "../../src/graph/emit.js";
import { freeAxes } from "../../src/graph/free-axes.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { add, matMul, reshape, softmax, transpose } from "../../src/graph/ops/index.js";
import { type Program, programOf } from "../../src/graph/program.js";
import type { Value } from "../../src/graph/value.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { waves } from "../support/tiny-networks.js";

type Build = (x: Value, graph: GraphBuilder, size: number) => Value;

function programAt(size: number, shape: (size: number) => readonly number[], build: Build): Program {
  const graph = new GraphBuilder();
  const output = build(graph.input("x", "float32", shape(size)), graph, size);
  return programOf(new Map([["output", output]]));
}

/** Attention of 2 heads over `size` positions: everything that the networks do with a free length. */
const attention: Build = (x, _graph, size) => {
  const heads = transpose(reshape(x, [1, size, 2, 3]), [0, 2, 1, 3]); // [1, 2, L, 3]
  const scores = softmax(matMul(heads, transpose(heads, [0, 1, 3, 2])), -1);
  return reshape(transpose(matMul(scores, heads), [0, 2, 1, 3]), [size, 6]);
};
const sequence = (size: number): readonly number[] => [1, size, 6];

let engine: InferenceProcess;

beforeAll(() => {
  engine = InferenceProcess.start({ threads: 1 });
});

afterAll(async () => {
  await engine.close();
});

test("one session gives at each size, bit for bit, what a session of that size gives", async () => {
  const open = await engine.open(emit(programAt(4, sequence, attention), programAt(5, sequence, attention)));
  for (const size of [1, 4, 5, 17, 128]) {
    const feeds = { x: waves(sequence(size)) };
    const own = await engine.open(emit(programAt(size, sequence, attention)));
    expect(await open.run(feeds)).toEqual(await own.run(feeds));
  }
});

test("only what differs is free", () => {
  const program = programAt(4, sequence, attention);
  const { shapeOf, constants } = freeAxes(program, programAt(5, sequence, attention));
  expect(program.inputs.map(shapeOf)).toEqual([[1, undefined, 6]]);
  expect([...program.outputs.values()].map(shapeOf)).toEqual([[undefined, 6]]);
  const targets = [...constants.values()].map((target) => target.join(" "));
  expect(targets.sort()).toEqual(["-1 6", "1 0 2 3"]);
  const same = freeAxes(program, programAt(4, sequence, attention));
  expect(same.constants.size).toBe(0);
  expect(program.inputs.map(same.shapeOf)).toEqual([[1, 4, 6]]);
});

describe("what ties a size down is refused", () => {
  test.each<{ readonly why: string; readonly shape: (size: number) => readonly number[]; readonly build: Build }>([
    {
      why: "a constant of that size",
      shape: sequence,
      build: (x, graph, size) => add(x, graph.constant(new Float32Array(size * 6), [1, size, 6])),
    },
    {
      why: "a target with two unknown axes",
      shape: (size) => [size * size, 6],
      build: (x, _graph, size) => reshape(x, [size, size, 6]),
    },
    {
      why: "another operator",
      shape: sequence,
      build: (x, _graph, size) => (size === 4 ? softmax(x, -1) : softmax(x, 1)),
    },
    {
      why: "another number of nodes",
      shape: sequence,
      build: (x, _graph, size) => (size === 4 ? x : softmax(softmax(x, -1), -1)),
    },
  ])("$why", ({ shape, build }) => {
    expect(() => freeAxes(programAt(4, shape, build), programAt(5, shape, build))).toThrow(InternalError);
  });
});
