/**
 * A convolution of an image that has just been doubled, done on the image before it. Where pixels come in equal pairs, the three taps
 * of a 3 x 3 kernel meet two different pixels along each side; so each of the four places inside a doubled pixel has a 2 x 2 kernel of
 * sums of taps, and 16 products a pixel take the place of 36. Reference for the idea: Shi et al., "Is the deconvolution layer the same
 * as a convolutional layer?"
 */
import { InternalError } from "../../errors.js";
import { concat, conv, depthToSpace, gemm, reshape, sizeOf } from "../ops/index.js";
import type { Program } from "../program.js";
import { isDequantize } from "../quantized/dequantize.js";
import { Rewriting } from "../rewrite.js";
import type { Node, Value } from "../value.js";

/** A place inside a doubled pixel: its row and column. */
type Place = readonly [0 | 1, 0 | 1];
const PLACES: readonly Place[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

/** Which taps of three meet the first and which the second of the two pixels that a place sees. */
const TAPS = [
  [
    [1, 0, 0],
    [0, 1, 1],
  ],
  [
    [1, 1, 0],
    [0, 0, 1],
  ],
] as const;

/** Rows and columns of zeros: top, left, bottom, right. */
export type Pads = readonly [number, number, number, number];

/** The program that computes the same with fewer products; itself where nothing is doubled before a convolution. */
export function splitDoublings(program: Program): Program {
  const found = program.nodes.some((node) => doubledImage(node) !== undefined && !hasStoredWeight(node));
  return found ? rewritten(program) : program;
}

function rewritten(program: Program): Program {
  const rewriting = new Rewriting(program, "doubled/");
  return rewriting.run({
    replace: (node) => {
      const image = doubledImage(node);
      const [, weight, bias] = node.inputs;
      if (image === undefined || weight === undefined || hasStoredWeight(node)) {
        return undefined;
      }
      const [x, offset] = [rewriting.now(image), bias && rewriting.now(bias)];
      return joinPlaces(convolutions(rewriting.now(weight), (kernel, pads) => conv(x, kernel, offset, { pads })));
    },
  });
}

/** The image before it was doubled, where the node is a convolution that can be split; `undefined` otherwise. */
export function doubledImage({ op, inputs: [x, weight], attributes }: Node): Value | undefined {
  const around = attributes["pads"];
  const stride = attributes["strides"];
  const usual =
    op === "Conv" &&
    weight?.shape[2] === 3 &&
    weight.shape[3] === 3 &&
    weight.dtype === "float32" &&
    isAll(around, 1) &&
    isAll(stride, 1);
  if (!usual || x?.origin.kind !== "node" || x.origin.node.op !== "Resize") {
    return undefined;
  }
  const [image] = x.origin.node.inputs;
  const doubles = image !== undefined && [2, 3].every((axis) => sizeOf(x, axis) === 2 * sizeOf(image, axis));
  return doubles ? image : undefined;
}

/** The results of `convolve` for the four places, with kernels from a weight `[out, in, 3, 3]`. */
export function convolutions(weight: Value, convolve: (kernel: Value, pads: Pads) => Value): readonly Value[] {
  const [out, channels] = [sizeOf(weight, 0), sizeOf(weight, 1)];
  const taps = reshape(weight, [out * channels, 9]);
  return PLACES.map((place) => {
    const kernel = reshape(gemm(taps, sumsOfTaps(weight, place)), [out, channels, 2, 2]);
    const [row, column] = place;
    return convolve(kernel, [1 - row, 1 - column, row, column]);
  });
}

/** Four images `[B, C, H, W]`, one for each place, to `[B, C, 2H, 2W]`. */
export function joinPlaces(places: readonly Value[]): Value {
  const [first, ...rest] = places;
  if (first === undefined) {
    throw new InternalError("no places to join");
  }
  return depthToSpace(concat([first, ...rest], 1), 2);
}

/** `[4, 9]`: which taps each entry of the place's kernel adds up. */
function sumsOfTaps(weight: Value, [row, column]: Place): Value {
  const sums = TAPS[row].flatMap((down) =>
    TAPS[column].map((across) => down.flatMap((tap) => across.map((other) => tap * other))),
  );
  return weight.graph.floats(sums.flat(), [4, 9]);
}

function hasStoredWeight({ inputs: [, weight] }: Node): boolean {
  return weight?.origin.kind === "node" && isDequantize(weight.origin.node);
}

function isAll(attribute: Node["attributes"][string] | undefined, number: number): boolean {
  return attribute !== undefined && "ints" in attribute && attribute.ints.every((entry) => entry === number);
}
