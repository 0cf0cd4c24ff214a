/**
 * A program for one row made into the same program for many. The part of the U-Net that depends on the time, not on the sample,
 * runs once for all steps; with this it need not be built a second time to be run for another number of them.
 */
import { formatShape, type Shape } from "../tensor/shape.js";
import { InternalError } from "../errors.js";
import { sizeOf } from "./ops/index.js";
import type { Program } from "./program.js";
import { Rewriting } from "./rewrite.js";
import type { Attribute, Node, Value } from "./value.js";

/**
 * `program` with `size` rows of `input`, whose first axis is 1. All that depends on the input grows the same axis. Throws
 * `InternalError` at an operator that is not known to treat the rows apart from each other.
 */
export function withFirstAxis(program: Program, input: Value, size: number): Program {
  if (!program.inputs.includes(input) || input.shape[0] !== 1) {
    throw new InternalError(
      `${input.name} ${formatShape(input.shape)} cannot get ${size} rows, expected an input of the program whose first axis is 1`,
    );
  }
  return new Enlarging(program, input, size).run();
}

class Enlarging {
  readonly #rewriting: Rewriting;
  /** Values of the old program that depend on the input. */
  readonly #dependent: Set<Value>;

  constructor(
    program: Program,
    input: Value,
    private readonly size: number,
  ) {
    this.#rewriting = new Rewriting(program, "");
    this.#dependent = new Set([input]);
  }

  run(): Program {
    return this.#rewriting.run({
      replace: (node) => this.#enlarge(node),
      inputShape: (value) => (this.#dependent.has(value) ? this.#grown(value) : value.shape),
    });
  }

  #enlarge(node: Node): readonly Value[] | undefined {
    if (!node.inputs.some((input) => this.#depends(input))) {
      return undefined;
    }
    if (!this.#keepsRowsApart(node)) {
      const shapes = node.inputs.map((input) => (input === undefined ? "_" : formatShape(input.shape)));
      throw new InternalError(
        `${node.path}: ${node.op}(${shapes.join(", ")}) is not known to treat the rows of its first axis apart, so it cannot get ${this.size} of them`,
      );
    }
    node.outputs.forEach((output) => this.#dependent.add(output));
    const { op, domain, attributes } = node;
    const inputs =
      op === "Reshape"
        ? this.#reshapeInputs(node)
        : node.inputs.map((input) => (input === undefined ? undefined : this.#rewriting.now(input)));
    const outputs = node.outputs.map((output) => ({ dtype: output.dtype, shape: this.#grown(output) }));
    return this.#rewriting.graph.nodeWithOutputs({ op, domain, inputs, attributes }, outputs);
  }

  /** Whether row i of every output depends on row i of the dependent inputs alone. The rules are those of the ONNX operators. */
  #keepsRowsApart(node: Node): boolean {
    const { op, inputs, outputs, attributes } = node;
    if (outputs.some(({ shape }) => shape[0] !== 1)) {
      return false;
    }
    const others = inputs.slice(1).filter((input) => input !== undefined);
    switch (op) {
      case "Cast":
      case "Sin":
      case "Cos":
      case "Sqrt":
      case "QuickGelu":
      case "Gelu":
        return true;
      case "Add":
      case "Sub":
      case "Mul":
      case "Div": // An operand with fewer axes would meet another axis of the result.
        return inputs.every((input) => !this.#depends(input) || input?.shape.length === outputs[0]?.shape.length);
      case "Gemm": // A row of the first operand meets the whole weight.
      case "Reshape": // Of rows of equal size, as 1 row is to begin with; the numbers of a row stay together.
        return !others.some((input) => this.#depends(input));
      case "Concat":
        return inputs.every((input) => this.#depends(input)) && intOf(attributes, "axis") !== 0;
      case "Split":
        return intOf(attributes, "axis") !== 0;
      case "Transpose":
        return intsOf(attributes, "perm")[0] === 0;
      default:
        return false;
    }
  }

  /** The target shape is a constant that only this node has. */
  #reshapeInputs(node: Node): readonly Value[] {
    const [x] = node.inputs;
    const [output] = node.outputs;
    if (x === undefined || output === undefined) {
      throw new InternalError(`${node.path}: Reshape of nothing`);
    }
    const target = this.#grown(output);
    const shape = this.#rewriting.graph.constant(BigInt64Array.from(target, BigInt), [target.length]);
    return [this.#rewriting.now(x), shape];
  }

  #depends(value: Value | undefined): boolean {
    return value !== undefined && this.#dependent.has(value);
  }

  #grown(value: Value): Shape {
    sizeOf(value, 0);
    return [this.size, ...value.shape.slice(1)];
  }
}

function intOf(attributes: Node["attributes"], name: string): number {
  const attribute = attributes[name];
  if (attribute === undefined || !("int" in attribute)) {
    throw missing(attribute, name);
  }
  return attribute.int;
}

function intsOf(attributes: Node["attributes"], name: string): readonly number[] {
  const attribute = attributes[name];
  if (attribute === undefined || !("ints" in attribute)) {
    throw missing(attribute, name);
  }
  return attribute.ints;
}

function missing(attribute: Attribute | undefined, name: string): InternalError {
  return new InternalError(`the attribute ${name} is ${JSON.stringify(attribute)}, expected whole numbers`);
}
