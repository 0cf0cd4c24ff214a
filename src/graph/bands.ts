/**
 * A network over a picture, for one band of its rows at a time. Convolutions need a few rows more on both sides, which the caller
 * gives; group norms need the whole picture: here they take its mean and deviation from outside, and tell those of a band.
 */
import { GraphError } from "../errors.js";
import { elementCount } from "../tensor/shape.js";
import { mul, reduceMean, reduceSumSquare, reshape, sizeOf, sub } from "./ops/index.js";
import { type Program, programOf } from "./program.js";
import { Rewriting } from "./rewrite.js";
import type { Node, Value } from "./value.js";

/** A group norm in a band. */
export interface BandNorm {
  readonly groups: number;
  readonly epsilon: number;
}

/** Names of what a band is fed beside the network's own inputs, and of what it returns beside its own outputs. */
export const BAND = {
  /** Input `[1, 1, R, 1]`, once for every number of rows R: 1 where a row counts in the moments, else 0. */
  rows: (rows: number): string => `band.rows.${rows}`,
  /** Input `[1]`: rows of the band for each that counts. */
  share: "band.share",
  /** Inputs `[1, G, 1]` of norm `index`, in `given` only: the mean, and the reciprocal of the deviation. */
  givenMean: (index: number): string => `band.given_mean.${index}`,
  givenFactor: (index: number): string => `band.given_factor.${index}`,
  /** Outputs `[1, G, 1]` of norm `index`: mean and variance over the rows that count. */
  mean: (index: number): string => `band.mean.${index}`,
  variance: (index: number): string => `band.variance.${index}`,
} as const;

export interface BandProgram {
  /** Norms take the moments of the band alone. */
  readonly local: Program;
  /** Norms take the moments that they are given. */
  readonly given: Program;
  readonly norms: readonly BandNorm[];
}

/** Whether `program` can run in bands: nothing in it but norms lets distant rows see each other. */
export function canBand(program: Program): boolean {
  return !program.nodes.some(({ op }) => op === "MultiHeadAttention" || op === "Softmax" || op === "Gemm");
}

/** @param program the network at a band's size, batch 1 */
export function bandProgram(program: Program): BandProgram {
  if (!canBand(program)) {
    throw new GraphError("internal: a network with attention has no bands");
  }
  return {
    local: measured(program, false),
    given: measured(program, true),
    norms: program.nodes.filter(isNorm).map((node) => ({
      groups: sizeOf(normInput(node), 1),
      epsilon: epsilonOf(node),
    })),
  };
}

function measured(program: Program, given: boolean): Program {
  const rewriting = new Rewriting("band/");
  const moments = new Map<string, Value>();
  const masks = new Map<number, Value>();
  const { graph } = rewriting;
  const share = graph.input(BAND.share, "float32", [1]);
  const maskOf = (rows: number): Value => {
    const mask = masks.get(rows) ?? graph.input(BAND.rows(rows), "float32", [1, 1, rows, 1]);
    masks.set(rows, mask);
    return mask;
  };
  let index = 0;
  const copy = rewriting.run(program, (node) => {
    if (!isNorm(node)) {
      return undefined;
    }
    const grouped = rewriting.now(normInput(node));
    const picture = rewriting.now(pictureOf(node));
    const mask = maskOf(sizeOf(picture, 2));
    const mean = mul(reduceMean(reshape(mul(picture, mask), grouped.shape), -1), share);
    const distance = mul(reshape(sub(grouped, mean), picture.shape), mask);
    const elements = elementCount(grouped.shape) / sizeOf(grouped, 1);
    const variance = mul(mul(reduceSumSquare(reshape(distance, grouped.shape), -1), 1 / elements), share);
    moments.set(BAND.mean(index), mean).set(BAND.variance(index), variance);
    const shape = [1, sizeOf(grouped, 1), 1];
    const normed = given
      ? mul(
          sub(grouped, graph.input(BAND.givenMean(index), "float32", shape)),
          graph.input(BAND.givenFactor(index), "float32", shape),
        )
      : undefined;
    index++;
    return normed;
  });
  return programOf(new Map([...copy.outputs, ...moments]));
}

function isNorm({ op }: Node): boolean {
  return op === "LayerNormalization";
}

/** `[1, G, C / G * H * W]`. */
function normInput({ inputs: [x] }: Node): Value {
  if (x === undefined) {
    throw new GraphError("internal: a norm of nothing");
  }
  return x;
}

/** The same before its channels were grouped, `[1, C, H, W]`. */
function pictureOf(node: Node): Value {
  const { origin, name } = normInput(node);
  const [picture] = origin.kind === "node" && origin.node.op === "Reshape" ? origin.node.inputs : [];
  if (picture?.shape.length !== 4 || picture.shape[0] !== 1) {
    throw new GraphError(`internal: ${name} is no grouped picture`);
  }
  return picture;
}

function epsilonOf({ attributes }: Node): number {
  const epsilon = attributes["epsilon"];
  if (epsilon === undefined || !("float" in epsilon)) {
    throw new GraphError("internal: a norm without epsilon");
  }
  return epsilon.float;
}
