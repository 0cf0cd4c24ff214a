/**
 * A network over an image, for one band of its rows at a time. Convolutions need a few rows more on both sides, which the caller
 * gives; group norms need the whole image: here they take its mean and deviation from outside, and tell those of a band. Moments
 * are float32 in every graph, and norms are computed in float32: half floats cannot hold a sum of squares over a row.
 */
import { InternalError } from "../errors.js";
import { add, cast, div, mul, reduceMean, reduceSumSquare, reshape, sizeOf, sqrt, sub } from "./ops/index.js";
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
  /** Inputs `[1, G, 1]` of norm `index`, in `given` only: the mean, and the reciprocal of the deviation. */
  givenMean: (index: number): string => `band.given_mean.${index}`,
  givenFactor: (index: number): string => `band.given_factor.${index}`,
  /** Outputs `[1, G, 1, R]` of norm `index`: mean and mean square of every row. */
  mean: (index: number): string => `band.mean.${index}`,
  square: (index: number): string => `band.square.${index}`,
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
    throw new InternalError("a network with attention has no bands");
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
  const rewriting = new Rewriting(program, "band/");
  const moments = new Map<string, Value>();
  const { graph } = rewriting;
  let index = 0;
  const replace = (node: Node): Value | undefined => {
    if (!isNorm(node)) {
      return undefined;
    }
    const grouped = cast(rewriting.now(normInput(node)), "float32");
    const { mean, square } = rowMoments(cast(rewriting.now(imageOf(node)), "float32"), sizeOf(grouped, 1));
    moments.set(BAND.mean(index), mean).set(BAND.square(index), square);
    const shape = [1, sizeOf(grouped, 1), 1];
    const [ownMean, ownSquare] = [mean, square].map((rows) => reshape(reduceMean(rows, -1), shape));
    if (ownMean === undefined || ownSquare === undefined) {
      throw new InternalError("a norm without moments");
    }
    // Moments come before the norm in either case: the engine would otherwise leave them to the end, and
    // keep what they are computed from until then.
    const normed = given
      ? mul(
          sub(grouped, add(graph.input(BAND.givenMean(index), "float32", shape), mul(add(ownMean, ownSquare), 0))),
          graph.input(BAND.givenFactor(index), "float32", shape),
        )
      : div(sub(grouped, ownMean), sqrt(add(sub(ownSquare, mul(ownMean, ownMean)), epsilonOf(node))));
    index++;
    return cast(normed, graph.computeType);
  };
  const copy = rewriting.run({ replace });
  return programOf(new Map([...copy.outputs, ...moments]));
}

/** Mean and mean square of each group in each row of `[1, C, R, W]`: `[1, G, 1, R]`. Along one axis after the other, which is fast. */
function rowMoments(image: Value, groups: number): { readonly mean: Value; readonly square: Value } {
  const [channels, rows, width] = [sizeOf(image, 1), sizeOf(image, 2), sizeOf(image, 3)];
  const acrossChannels = (ofRows: Value): Value => reduceMean(reshape(ofRows, [1, groups, channels / groups, rows]), 2);
  return {
    mean: acrossChannels(reduceMean(image, -1)),
    square: acrossChannels(mul(reduceSumSquare(image, -1), 1 / width)),
  };
}

function isNorm({ op }: Node): boolean {
  return op === "LayerNormalization";
}

/** `[1, G, C / G * H * W]`. */
function normInput({ inputs: [x] }: Node): Value {
  if (x === undefined) {
    throw new InternalError("a norm of nothing");
  }
  return x;
}

/** The same before its channels were grouped, `[1, C, H, W]`. */
function imageOf(node: Node): Value {
  const { origin, name } = normInput(node);
  const [image] = origin.kind === "node" && origin.node.op === "Reshape" ? origin.node.inputs : [];
  if (image?.shape.length !== 4 || image.shape[0] !== 1) {
    throw new InternalError(`${name} is no grouped image`);
  }
  return image;
}

function epsilonOf({ attributes }: Node): number {
  const epsilon = attributes["epsilon"];
  if (epsilon === undefined || !("float" in epsilon)) {
    throw new InternalError("a norm without epsilon");
  }
  return epsilon.float;
}
