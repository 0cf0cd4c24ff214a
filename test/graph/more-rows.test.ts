/** What runs for all steps together, made from a network that was built for one step. */
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { withRows } from "../../src/graph/more-rows.js";
import { matMul, reduceMean, reshape, transpose } from "../../src/graph/ops/index.js";
import { printProgram } from "../../src/graph/print.js";
import { programOf } from "../../src/graph/program.js";
import type { Value } from "../../src/graph/value.js";
import { denoiser } from "../support/tiny-networks.js";

function inputNamed(inputs: readonly Value[], name: string): Value {
  return inputs.find((input) => input.name === name) ?? expect.fail(`no input ${name}`);
}

describe("withRows", () => {
  it.each([1, 2, 7])("gives the U-Net's prologue for %d times as if it had been built for them", async (steps) => {
    const { prologue } = await denoiser(1);
    const made = withRows(prologue, inputNamed(prologue.inputs, "timesteps"), steps);
    const built = (await denoiser(steps)).prologue;
    expect(printProgram(made)).toBe(printProgram(built));
    const shapes = ({ outputs }: typeof made): unknown =>
      [...outputs].map(([name, { shape, dtype }]) => [name, shape, dtype]);
    expect(shapes(made)).toEqual(shapes(built));
  });

  const graph = new GraphBuilder();
  const x = graph.input("x", "float32", [1, 4]);
  it.each<[string, Value]>([
    ["a mean over rows", reduceMean(x, 0)],
    ["a transposition", transpose(x, [1, 0])],
    ["a reshape of the first axis", reshape(x, [4])],
    ["a product of rows with rows", matMul(reshape(x, [1, 4]), graph.constant(new Float32Array(16), [4, 4]))],
  ])("refuses %s", (_name, value) => {
    expect(() => withRows(programOf(new Map([["output", value]])), x, 3)).toThrow(
      /expected one row|one row after|first axis/,
    );
  });
});
