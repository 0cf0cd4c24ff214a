/**
 * Cuts a program in two ways: by what changes between runs (`hoist`), so that work whose inputs stay the same is done once,
 * and by the size of its weights (`splitByWeight`), so that a large network is loaded piece by piece.
 */
import { itemSize, isFloat } from "../tensor/dtype.js";
import { shapeSize } from "../tensor/shape.js";
import { programOf, type Program } from "./program.js";
import type { Node, Value } from "./value.js";

export interface HoistedProgram {
  /** Computes everything that depends on the invariant inputs alone; returns the values that `body` reads. */
  readonly prologue: Program;
  /** The rest; its inputs are the varying inputs and the prologue's results, under the same names. */
  readonly body: Program;
}

/** Separates what depends only on `invariant` inputs (and weights) from what depends on any other input. */
export function hoist(program: Program, invariant: ReadonlySet<Value>): HoistedProgram {
  const varying = new Set<Value>();
  for (const node of program.nodes) {
    if (node.inputs.some((input) => input !== undefined && isVarying(input, varying, invariant))) {
      node.outputs.forEach((output) => varying.add(output));
    }
  }
  const boundary = new Set<Value>();
  for (const node of program.nodes) {
    if (node.outputs.some((output) => varying.has(output))) {
      for (const input of node.inputs) {
        if (input !== undefined && !input.constant && !isVarying(input, varying, invariant)) {
          boundary.add(input);
        }
      }
    }
  }
  for (const output of program.outputs.values()) {
    if (!output.constant && !isVarying(output, varying, invariant)) {
      boundary.add(output);
    }
  }
  const computed = [...boundary].filter((value) => value.origin.kind === "node");
  return {
    prologue: programOf(new Map(computed.map((value) => [value.name, value]))),
    body: programOf(program.outputs, boundary),
  };
}

/**
 * Cuts a program into consecutive stages whose weights, held as the engine does, stay under `maxBytes` each (a single node may
 * exceed it). A stage reads inputs and earlier stages' outputs by name.
 */
export function splitByWeight(program: Program, maxBytes: number): readonly Program[] {
  const stageOf = assignStages(program, maxBytes);
  const last = Math.max(0, ...stageOf.values());
  const stages: Program[] = [];
  for (let stage = 0; stage <= last; stage++) {
    const produced = program.nodes.filter((node) => stageOf.get(node) === stage).flatMap((node) => node.outputs);
    const readLater = new Set(
      program.nodes.filter((node) => (stageOf.get(node) ?? 0) > stage).flatMap((node) => node.inputs),
    );
    const outputs = new Map<string, Value>();
    for (const value of produced) {
      if (readLater.has(value)) {
        outputs.set(value.name, value);
      }
    }
    for (const [name, value] of program.outputs) {
      const place = value.origin.kind === "node" ? stageOf.get(value.origin.node) : undefined;
      if ((place ?? last) === stage) {
        outputs.set(name, value);
      }
    }
    // Nodes of weights alone have no stage: each stage that reads one has its own.
    const earlier = program.nodes.filter((node) => (stageOf.get(node) ?? last) < stage).flatMap((node) => node.outputs);
    stages.push(programOf(outputs, new Set([...program.inputs, ...earlier])));
  }
  return stages;
}

/** Bytes of the weights that a program reads, as the engine holds them: floats in the compute type, quantized ones as they are. */
export function weightBytes(program: Program): number {
  return program.initializers.reduce((sum, value) => sum + heldBytes(value), 0);
}

/** Stages of the nodes that depend on an input; nodes of weights alone follow their readers. */
function assignStages(program: Program, maxBytes: number): ReadonlyMap<Node, number> {
  const stageOf = new Map<Node, number>();
  let counted = new Set<Value>();
  let stage = 0;
  let used = 0;
  for (const node of program.nodes) {
    if (node.outputs.every((output) => output.constant)) {
      continue;
    }
    const read = new Set(weightsBehind(node));
    const bytes = addedBytes(read, counted);
    if (used > 0 && used + bytes > maxBytes) {
      stage++;
      used = 0;
      counted = new Set(); // a weight that two stages read is held by both
    }
    used += addedBytes(read, counted);
    read.forEach((weight) => counted.add(weight));
    stageOf.set(node, stage);
  }
  return stageOf;
}

/** Weights that a node reads, directly or through nodes that depend on no input. */
function weightsBehind(node: Node): readonly Value[] {
  return node.inputs.flatMap((input) => {
    if (input?.origin.kind === "weight") {
      return [input];
    }
    return input?.constant === true && input.origin.kind === "node" ? weightsBehind(input.origin.node) : [];
  });
}

function addedBytes(weights: ReadonlySet<Value>, counted: ReadonlySet<Value>): number {
  return [...weights].reduce((sum, weight) => sum + (counted.has(weight) ? 0 : heldBytes(weight)), 0);
}

function heldBytes(value: Value): number {
  if (value.origin.kind !== "weight") {
    return 0;
  }
  return shapeSize(value.shape) * itemSize(isFloat(value.dtype) ? value.graph.computeType : value.dtype);
}

function isVarying(value: Value, varying: ReadonlySet<Value>, invariant: ReadonlySet<Value>): boolean {
  return varying.has(value) || (value.origin.kind === "input" && !invariant.has(value));
}
