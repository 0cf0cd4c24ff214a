/**
 * Axes that a program leaves open, so that it is opened once and run at any of their sizes. A program is built at two sizes; where
 * the two differ, and nowhere else, sizes are free. Everything that would tie a size down is found by comparing them.
 */
import { InternalError } from "../errors.js";
import { formatShape, type Shape, shapeSize } from "../tensor/shape.js";
import type { Program } from "./program.js";
import type { Node, Value } from "./value.js";

export interface FreeAxes {
  /** The size of each axis of what is fed or returned; `undefined` where it is free. */
  readonly shapeOf: (value: Value) => readonly (number | undefined)[];
  /** What takes the place of constants: the target shapes of `Reshape`, in the terms of ONNX (0 is the input's size, -1 the rest). */
  readonly constants: ReadonlyMap<Value, BigInt64Array>;
}

/**
 * Compares a program with the same one at other sizes. Throws `InternalError` where they differ in more than sizes that a node finds
 * out by itself when it runs.
 */
export function freeAxes(program: Program, twin: Program): FreeAxes {
  const pairs = new Map<Value, Value>();
  const pair = (left: readonly Value[], right: readonly Value[]): void => {
    if (left.length !== right.length) {
      throw new InternalError(`the twin of a program has ${right.length} values, expected ${left.length}`);
    }
    left.forEach((value, index) => {
      const other = right[index];
      if (other !== undefined) {
        pairs.set(value, other);
      }
    });
  };
  pair(program.inputs, twin.inputs);
  pair(program.initializers, twin.initializers);
  pair(program.nodes.flatMap(outputsOf), twin.nodes.flatMap(outputsOf));
  program.nodes.forEach((node, index) => {
    requireSameNode(node, twin.nodes[index], pairs);
  });
  const readers = readersOf(program);
  const constants = new Map<Value, BigInt64Array>();
  for (const value of program.initializers) {
    const other = pairs.get(value);
    if (other !== undefined && !sameInitializer(value, other)) {
      constants.set(value, openTarget(value, other, readers.get(value) ?? [], pairs));
    }
  }
  const shapeOf = (value: Value): readonly (number | undefined)[] =>
    value.shape.map((size, axis) => (size === pairs.get(value)?.shape[axis] ? size : undefined));
  return { shapeOf, constants };
}

function outputsOf({ outputs }: Node): readonly Value[] {
  return outputs;
}

function readersOf({ nodes }: Program): ReadonlyMap<Value, readonly Node[]> {
  const readers = new Map<Value, Node[]>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (input !== undefined) {
        readers.set(input, [...(readers.get(input) ?? []), node]);
      }
    }
  }
  return readers;
}

/** The same operator over the same values: only then may a size be free. */
function requireSameNode(node: Node, other: Node | undefined, pairs: ReadonlyMap<Value, Value>): void {
  const same =
    other?.op === node.op &&
    JSON.stringify(other.attributes) === JSON.stringify(node.attributes) &&
    other.inputs.length === node.inputs.length &&
    node.inputs.every((input, index) => (input && pairs.get(input)) === other.inputs[index]);
  if (!same) {
    throw new InternalError(`${node.path}: ${node.op} of a program and ${other?.op ?? "nothing"} of its twin differ`);
  }
}

function sameInitializer(value: Value, other: Value): boolean {
  const [a, b] = [value.origin, other.origin];
  if (a.kind === "weight" && b.kind === "weight") {
    const [here, there] = [a.location, b.location];
    return (
      here.file === there.file && here.offset === there.offset && formatShape(value.shape) === formatShape(other.shape)
    );
  }
  return (
    a.kind === "constant" &&
    b.kind === "constant" &&
    formatShape(value.shape) === formatShape(other.shape) &&
    a.data.every((number: number | bigint, index: number) => Object.is(number, b.data[index]))
  );
}

/** A target shape that holds at every size of the axes in which the two differ. */
function openTarget(
  value: Value,
  other: Value,
  readers: readonly Node[],
  pairs: ReadonlyMap<Value, Value>,
): BigInt64Array {
  const reshapes = readers.filter(({ op, inputs }) => op === "Reshape" && inputs[1] === value);
  const [reshape] = reshapes;
  const source = reshape?.inputs[0];
  const output = reshape?.outputs[0];
  const fail = (why: string): InternalError =>
    new InternalError(
      `${reshape?.path ?? value.name}: ${value.name} ${formatShape(value.shape)} depends on a size that is to be free: ${why}`,
    );
  if (reshapes.length !== readers.length || reshapes.length !== 1 || source === undefined || output === undefined) {
    throw fail("it is no target shape of one Reshape");
  }
  const target = openShape(output.shape, pairs.get(output)?.shape, source.shape, pairs.get(source)?.shape);
  if (target === undefined || other.origin.kind !== "constant") {
    throw fail("more than one axis of the result would have to be found");
  }
  return BigInt64Array.from(target, BigInt);
}

/** `undefined` where Reshape could not tell the sizes apart. */
function openShape(
  target: Shape,
  targetTwin: Shape = target,
  source: Shape,
  sourceTwin: Shape = source,
): readonly number[] | undefined {
  let found = 0;
  const open = target.map((size, axis) => {
    if (size === targetTwin[axis]) {
      return size;
    }
    if (source[axis] === size && sourceTwin[axis] === targetTwin[axis]) {
      return 0;
    }
    found++;
    return -1;
  });
  return found <= 1 && shapeSize(target) === shapeSize(source) ? open : undefined;
}
