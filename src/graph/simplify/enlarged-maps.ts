/**
 * A sum or product of an image with a small map that was enlarged to the image's size. Enlarged rows are equal in groups, so the map is
 * enlarged in its columns alone and the operator repeats its rows: the same numbers, without writing and reading a second image.
 */
import { add, mul, reshape, resizeNearest, sizeOf } from "../ops/index.js";
import type { Program } from "../program.js";
import { Rewriting } from "../rewrite.js";
import type { Node, Value } from "../value.js";

const OPERATORS = { Add: add, Mul: mul } as const;

interface Enlarged {
  readonly operator: keyof typeof OPERATORS;
  readonly image: Value;
  readonly map: Value;
}

/** The program that computes the same; itself where nothing enlarged is added or multiplied. */
export function broadcastRows(program: Program): Program {
  return program.nodes.some((node) => enlarged(node) !== undefined) ? rewritten(program) : program;
}

function rewritten(program: Program): Program {
  const rewriting = new Rewriting(program, "enlarged/");
  return rewriting.run({
    replace: (node) => {
      const found = enlarged(node);
      if (found === undefined) {
        return undefined;
      }
      const [image, map] = [rewriting.now(found.image), rewriting.now(found.map)];
      const [batch, channels, rows, width] = [sizeOf(image, 0), sizeOf(image, 1), sizeOf(map, 2), sizeOf(image, 3)];
      const wide = resizeNearest(map, 1, width / sizeOf(map, 3));
      const result = OPERATORS[found.operator](
        reshape(image, [batch, channels, rows, -1, width]),
        reshape(wide, [batch, channels, rows, 1, width]),
      );
      return reshape(result, image.shape);
    },
  });
}

function enlarged({ op, inputs: [image, other] }: Node): Enlarged | undefined {
  if ((op !== "Add" && op !== "Mul") || image === undefined || other?.origin.kind !== "node") {
    return undefined;
  }
  const { node } = other.origin;
  const [map] = node.inputs;
  const fits = node.op === "Resize" && other.shape.every((size, axis) => size === image.shape[axis]);
  return fits && map !== undefined ? { operator: op, image, map } : undefined;
}
