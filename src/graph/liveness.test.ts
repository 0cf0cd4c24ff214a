import { describe, expect, it } from "vitest";
import { GraphBuilder } from "./graph-builder.js";
import { peakValueBytes } from "./liveness.js";
import { add, gemm, reshape } from "./ops/index.js";
import { programOf } from "./program.js";
import type { Value } from "./value.js";

function peakOf(build: (input: Value, graph: GraphBuilder) => Value): number {
  const graph = new GraphBuilder();
  const input = graph.input("input", "float32", [10, 10]);
  return peakValueBytes(programOf(new Map([["output", build(input, graph)]])));
}

/** Bytes of a 10 x 10 value. */
const ONE = 400;

describe("peakValueBytes", () => {
  const square = (graph: GraphBuilder): Value => graph.constant(new Float32Array(100), [10, 10]);

  it("counts what a product reads and makes, and nothing of the weights", () => {
    expect(peakOf((input, graph) => gemm(input, square(graph)))).toBe(2 * ONE);
  });

  it("frees a value after its last reader", () => {
    expect(peakOf((input, graph) => gemm(gemm(gemm(input, square(graph)), square(graph)), square(graph)))).toBe(
      2 * ONE,
    );
  });

  it("keeps a value that is read again later", () => {
    const skip = (input: Value, graph: GraphBuilder): Value => {
      const deep = gemm(gemm(gemm(input, square(graph)), square(graph)), square(graph));
      return add(deep, input);
    };
    expect(peakOf(skip)).toBe(3 * ONE);
  });

  it("takes no memory for views, nor for sums that may write over an input", () => {
    const build = (input: Value, graph: GraphBuilder): Value => {
      const product = gemm(input, square(graph));
      return add(reshape(reshape(product, [100]), [10, 10]), 1);
    };
    expect(peakOf(build)).toBe(2 * ONE);
  });

  it("does not write over what is still needed", () => {
    const build = (input: Value, graph: GraphBuilder): Value => {
      const product = gemm(input, square(graph));
      return add(gemm(add(product, 1), square(graph)), product);
    };
    // The product, the sum that is its copy, and the second product.
    expect(peakOf(build)).toBe(3 * ONE);
  });
});
