/** A program for one row, enlarged, is the program that is built for many. */
import { describe, expect, test } from "vitest";
import { InternalError } from "../../src/errors.js";
import { withFirstAxis } from "../../src/graph/first-axis.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { add, concat, gemm, mul, reduceMean, reshape, softmax, transpose } from "../../src/graph/ops/index.js";
import { printProgram } from "../../src/graph/print.js";
import { programOf, type Program } from "../../src/graph/program.js";
import type { ComputeType, Value } from "../../src/graph/value.js";
import { denoiser } from "../support/tiny-networks.js";

function inputNamed(program: Program, name: string): Value {
  return program.inputs.find((input) => input.name === name) ?? expect.fail(`no input ${name}`);
}

function outputTypes({ outputs }: Program): readonly unknown[] {
  return [...outputs].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
}

describe.each(["float32", "float16"] as const)("the U-Net's prologue in %s", (computeType: ComputeType) => {
  test("for 7 times is the prologue of the U-Net that is built for 7", async () => {
    const { prologue } = await denoiser(1, computeType);
    const enlarged = withFirstAxis(prologue, inputNamed(prologue, "timesteps"), 7);
    const built = (await denoiser(7, computeType)).prologue;
    expect(printProgram(enlarged)).toBe(printProgram(built));
    expect(outputTypes(enlarged)).toEqual(outputTypes(built));
    expect(printProgram(prologue), "the program itself is left as it is").toBe(
      printProgram((await denoiser(1, computeType)).prologue),
    );
  });

  test("for one time is the same program", async () => {
    const { prologue } = await denoiser(1, computeType);
    expect(printProgram(withFirstAxis(prologue, inputNamed(prologue, "timesteps"), 1))).toBe(printProgram(prologue));
  });
});

describe("what is refused", () => {
  function enlarge(build: (x: Value, graph: GraphBuilder) => Value, shape: readonly number[] = [1, 4]): Program {
    const graph = new GraphBuilder();
    const x = graph.input("x", "float32", shape);
    return withFirstAxis(programOf(new Map([["y", graph.within("block", () => build(x, graph))]])), x, 3);
  }

  const refused: readonly (readonly [string, (x: Value, graph: GraphBuilder) => Value])[] = [
    ["Transpose", (x) => transpose(x, [1, 0])],
    ["Concat", (x) => concat([x, x], 0)],
    ["Concat", (x, graph) => concat([x, graph.input("other", "float32", [1, 4])], 1)],
    ["Gemm", (x, graph) => gemm(graph.input("rows", "float32", [1, 4]), x)],
    ["Reshape", (x) => reshape(x, [4, 1])],
    ["Add", (x, graph) => add(x, graph.input("rows", "float32", [2, 4]))],
    ["Add", (x, graph) => add(graph.input("image", "float32", [1, 1, 4]), x)],
    ["ReduceMean", (x) => reduceMean(x, 0)],
    ["Softmax", (x) => softmax(x)],
  ];
  test.each(refused)("%s that does not keep the rows apart, or is not known to", (op, build) => {
    expect(() => enlarge(build)).toThrow(InternalError);
    expect(() => enlarge(build)).toThrow(new RegExp(`^block: ${op}\\(.* cannot get 3 of them$`));
  });

  test("an input that has several rows, or is none of the program's", () => {
    expect(() => enlarge((x) => mul(x, 2), [2, 4])).toThrow("x [2, 4] cannot get 3 rows");
    const graph = new GraphBuilder();
    const program = programOf(new Map([["y", mul(graph.input("x", "float32", [1]), 2)]]));
    expect(() => withFirstAxis(program, graph.input("z", "float32", [1]), 3)).toThrow("z [1] cannot get 3 rows");
  });

  test("not what does not depend on the input", () => {
    const { outputs } = enlarge((x, graph) => add(x, softmax(graph.input("other", "float32", [1, 4]))));
    expect(outputs.get("y")?.shape).toEqual([3, 4]);
  });
});
