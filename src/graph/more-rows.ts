/**
 * A program for one row of an input, such as one time, as the same program for many: everything that depends on the input gets as many
 * rows. So a network is built once although a part of it runs for all steps together and the rest for one step after the other.
 */
import { InternalError } from "../errors.js";
import type { Shape } from "../tensor/shape.js";
import { computeTypeOf, type Program } from "./program.js";
import { Rewriting } from "./rewrite.js";
import type { Node, Value } from "./value.js";

/** Operators that work on each row of the first axis by itself, as long as their axis is not that one. */
const ROW_BY_ROW = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Sin",
  "Cos",
  "Cast",
  "QuickGelu",
  "Gemm",
  "Reshape",
  "Split",
  "Concat",
]);

/**
 * The program that takes `[rows, ...]` for `input`, which is `[1, ...]` now, and returns the same outputs under the same names; those
 * that depend on the input have as many rows. Throws `InternalError` for an operator that mixes rows.
 */
export function withRows(program: Program, input: Value, rows: number): Program {
  const rewriting = new Rewriting("rows/", computeTypeOf(program));
  const dependent = new Set<Value>([input]);
  const enlarged = (value: Value): Shape => {
    if (value.shape[0] !== 1) {
      throw new InternalError(`${value.name} of shape [${value.shape.join(", ")}]: expected one row`);
    }
    return [rows, ...value.shape.slice(1)];
  };
  const inputShape = (value: Value): Shape => (value === input ? enlarged(value) : value.shape);
  const replace = (node: Node): readonly Value[] | undefined => {
    if (!node.inputs.some((value) => value !== undefined && dependent.has(value))) {
      return undefined;
    }
    checkRowByRow(node, dependent);
    node.outputs.forEach((output) => dependent.add(output));
    const { op, domain, attributes } = node;
    const inputs = node.inputs.map((value, index) =>
      op === "Reshape" && index === 1 ? targetOf(node, rewriting, rows) : value && rewriting.now(value),
    );
    const outputs = node.outputs.map((output) => ({ dtype: output.dtype, shape: enlarged(output) }));
    return rewriting.graph.nodeWithOutputs({ op, domain, inputs, attributes }, outputs);
  };
  return rewriting.run(program, replace, { inputShape });
}

function checkRowByRow({ op, path, inputs, attributes }: Node, dependent: ReadonlySet<Value>): void {
  const axis = attributes["axis"];
  const mixes = !ROW_BY_ROW.has(op) || (axis !== undefined && "int" in axis && axis.int === 0);
  // A matrix on the right of a product has its rows summed over; rows beside each other on another axis do not line up.
  const swapped = op === "Gemm" && inputs.slice(1).some((value) => value !== undefined && dependent.has(value));
  const beside = op === "Concat" && inputs.some((value) => value !== undefined && !dependent.has(value));
  if (mixes || swapped || beside) {
    throw new InternalError(`${path}: ${op} does not work on one row after the other`);
  }
}

/** What a Reshape makes of its input, with the new number of rows. */
function targetOf({ path, outputs: [output] }: Node, { graph }: Rewriting, rows: number): Value {
  if (output?.shape[0] !== 1) {
    throw new InternalError(`${path}: Reshape does not keep the first axis`);
  }
  return graph.constant(BigInt64Array.from([rows, ...output.shape.slice(1)], BigInt), [output.shape.length]);
}
