import { describe, expect, it } from "vitest";
import type { Shape } from "../tensor/shape.js";
import { countFlops } from "./flops.js";
import { GraphBuilder } from "./graph-builder.js";
import { add, conv, convTranspose, gemm, matMul, multiHeadAttention } from "./ops/index.js";
import { programOf } from "./program.js";
import type { Value } from "./value.js";

function flopsOf(build: (input: (shape: Shape) => Value, graph: GraphBuilder) => Value): number {
  const graph = new GraphBuilder();
  let inputs = 0;
  const output = build((shape) => graph.input(`input${inputs++}`, "float32", shape), graph);
  return countFlops(programOf(new Map([["output", output]])));
}

describe("countFlops", () => {
  it("counts a convolution by its results", () => {
    const flops = flopsOf((input) => conv(input([1, 3, 8, 6]), input([5, 3, 3, 3]), undefined, { pads: [1, 1, 1, 1] }));
    expect(flops).toBe(2 * (5 * 8 * 6) * (3 * 3 * 3));
  });

  it("counts a convolution with stride by its fewer results", () => {
    const flops = flopsOf((input) => conv(input([1, 3, 8, 6]), input([5, 3, 2, 2]), undefined, { stride: 2 }));
    expect(flops).toBe(2 * (5 * 4 * 3) * (3 * 2 * 2));
  });

  it("counts a transposed convolution by what goes in", () => {
    const flops = flopsOf((input) => convTranspose(input([1, 3, 8, 6]), input([3, 5, 2, 2]), undefined, 2));
    expect(flops).toBe(2 * (3 * 8 * 6) * (5 * 2 * 2));
  });

  it("counts products, batched ones included", () => {
    expect(flopsOf((input) => gemm(input([4, 7]), input([9, 7])))).toBe(2 * 4 * 7 * 9);
    expect(flopsOf((input) => matMul(input([2, 3, 4, 7]), input([2, 3, 7, 9])))).toBe(2 * 6 * 4 * 7 * 9);
  });

  it("counts both products of attention", () => {
    const options = { heads: 2, scale: 1 };
    const flops = flopsOf((input) => multiHeadAttention(input([1, 6, 8]), input([1, 5, 8]), input([1, 5, 8]), options));
    expect(flops).toBe(2 * (2 * 6 * 5 * 8));
  });

  it("sums over the program and leaves out what depends on weights alone", () => {
    const flops = flopsOf((input, graph) => {
      const folded = matMul(graph.constant(new Float32Array(12), [3, 4]), graph.constant(new Float32Array(20), [4, 5]));
      return add(matMul(input([2, 3]), folded), matMul(input([2, 6]), input([6, 5])));
    });
    expect(flops).toBe(2 * 2 * 3 * 5 + 2 * 2 * 6 * 5);
  });
});
