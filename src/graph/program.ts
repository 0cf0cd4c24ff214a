/** A program: what is fed, what is returned, and the nodes between them in building order. Several programs can share values. */
import { InternalError } from "../errors.js";
import type { ComputeType, Node, Value } from "./value.js";

export interface Program {
  readonly inputs: readonly Value[];
  /** Returned values by the names they are returned under. */
  readonly outputs: ReadonlyMap<string, Value>;
  readonly nodes: readonly Node[];
  /** Weights and constants that the nodes read. */
  readonly initializers: readonly Value[];
}

/**
 * The program that computes `outputs`. It starts at the graph's inputs and at the values of `given`, which are fed instead of
 * being computed. An input that no output depends on is left out.
 */
export function programOf(outputs: ReadonlyMap<string, Value>, given: ReadonlySet<Value> = new Set()): Program {
  const nodes = new Set<Node>();
  const inputs = new Set<Value>();
  const initializers = new Set<Value>();
  const pending = [...outputs.values()].reverse();
  while (pending.length > 0) {
    const value = pending.pop();
    if (value === undefined) {
      break;
    }
    const { origin } = value;
    if (given.has(value) || origin.kind === "input") {
      inputs.add(value);
    } else if (origin.kind === "node") {
      if (!nodes.has(origin.node)) {
        nodes.add(origin.node);
        pending.push(...origin.node.inputs.filter((input) => input !== undefined));
      }
    } else {
      initializers.add(value);
    }
  }
  return {
    inputs: [...inputs].sort(byName),
    outputs,
    nodes: [...nodes].sort((a, b) => a.index - b.index),
    initializers: [...initializers],
  };
}

/** What the graph of a program computes in. */
export function computeTypeOf(program: Program): ComputeType {
  const types = new Set([...program.outputs.values()].map(({ graph }) => graph.computeType));
  const [type] = types;
  if (type === undefined || types.size > 1) {
    throw new InternalError(`the outputs of a program are of ${types.size} compute types, expected one`);
  }
  return type;
}

function byName(a: Value, b: Value): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
