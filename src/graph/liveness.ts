/**
 * How much memory the values of a program take while it runs, from shapes alone: a value lives from the node that makes it to the
 * last one that reads it, and an operator that may write over its input does. Weights are not counted.
 */
import { InternalError } from "../errors.js";
import { itemSize } from "../tensor/dtype.js";
import { shapeSize } from "../tensor/shape.js";
import type { Program } from "./program.js";
import type { Node, Value } from "./value.js";

/** Give the same numbers another shape, without a copy. */
const VIEWS = new Set(["Reshape", "Unsqueeze", "Squeeze"]);
/** Write their result where an input of its size was, when nobody else reads that. */
const IN_PLACE = new Set(["Add", "Sub", "Mul", "Div", "Sigmoid", "QuickGelu", "Gelu", "Softmax"]);

/** The most bytes of values that exist at once, inputs and results included. */
export function peakValueBytes(program: Program): number {
  const nodes = program.nodes.filter(({ outputs }) => outputs.some(({ constant }) => !constant));
  const holder = new Map<Value, Value>(); // Which value's memory a value lies in.
  const held = (value: Value): Value => holder.get(value) ?? value;
  const lastUse = lastUses(program, nodes);
  let live = program.inputs.reduce((sum, input) => sum + sizeOf(input), 0);
  let peak = live;
  const users = new Map<Value, number>(program.inputs.map((input) => [input, 1]));
  const usersOf = (place: Value): number => {
    const count = users.get(place);
    if (count === undefined) {
      throw new InternalError(`${place.name} is read before it is made`);
    }
    return count;
  };
  for (const [index, node] of nodes.entries()) {
    const inputs = [...new Set(node.inputs.filter((input) => input !== undefined))].filter(({ constant }) => !constant);
    for (const output of node.outputs) {
      const source = inputs.find((input) =>
        canHold(node, output, input, lastUse.get(input) === index, usersOf(held(input))),
      );
      if (source === undefined) {
        live += sizeOf(output);
        users.set(output, 1);
      } else {
        const place = held(source);
        holder.set(output, place);
        users.set(place, usersOf(place) + 1);
      }
    }
    peak = Math.max(peak, live);
    const ended = [...inputs, ...node.outputs].filter((value) => (lastUse.get(value) ?? index) === index);
    for (const value of ended) {
      const place = held(value);
      const left = usersOf(place) - 1;
      users.set(place, left);
      if (left === 0) {
        live -= sizeOf(place);
      }
    }
  }
  return peak;
}

function canHold(node: Node, output: Value, input: Value, last: boolean, users: number): boolean {
  if (VIEWS.has(node.op)) {
    return true;
  }
  return IN_PLACE.has(node.op) && last && users === 1 && sizeOf(input) === sizeOf(output);
}

/** Index of the last node that reads each value; results of the program are read after all of them. */
function lastUses(program: Program, nodes: readonly Node[]): ReadonlyMap<Value, number> {
  const last = new Map<Value, number>();
  for (const [index, { inputs }] of nodes.entries()) {
    inputs.forEach((input) => input !== undefined && last.set(input, index));
  }
  for (const value of program.outputs.values()) {
    last.set(value, nodes.length);
  }
  return last;
}

function sizeOf({ shape, dtype }: Value): number {
  return shapeSize(shape) * itemSize(dtype);
}
