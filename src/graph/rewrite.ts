/** Copies a program into a graph of its own, with something else in the place of some nodes. */
import { GraphBuilder } from "./graph-builder.js";
import { type Program, programOf } from "./program.js";
import type { ComputeType, Node, Value } from "./value.js";
import type { Shape } from "../tensor/shape.js";
import { InternalError } from "../errors.js";

/** The values that take the place of `node`'s outputs in the new graph; `undefined` copies the node. */
export type Replace = (node: Node, output: Value) => Value | readonly Value[] | undefined;

export interface RewriteOptions {
  /** Nodes that are left out. */
  readonly skip?: (node: Node) => boolean;
  /** The shape that an input has in the new graph. */
  readonly inputShape?: (input: Value) => Shape;
}

export class Rewriting {
  readonly graph: GraphBuilder;
  readonly #renewed = new Map<Value, Value>();

  constructor(prefix: string, computeType: ComputeType) {
    this.graph = new GraphBuilder(prefix, computeType);
  }

  /** The program that returns the same outputs, under the same names, from the same inputs. */
  run(program: Program, replace: Replace, { skip, inputShape }: RewriteOptions = {}): Program {
    program.inputs.forEach((value) => {
      this.#renewed.set(value, this.graph.input(value.name, value.dtype, inputShape?.(value) ?? value.shape));
    });
    program.initializers.forEach((value) => {
      this.#renewed.set(value, this.#copyInitializer(value));
    });
    for (const node of program.nodes) {
      if (skip?.(node) !== true) {
        this.#renewNode(node, replace);
      }
    }
    return programOf(new Map([...program.outputs].map(([name, value]) => [name, this.now(value)])));
  }

  /** What stands for a value of the old program. */
  now(value: Value): Value {
    const renewed = this.#renewed.get(value);
    if (renewed === undefined) {
      throw new InternalError(`nothing takes the place of ${value.name}`);
    }
    return renewed;
  }

  #renewNode(node: Node, replace: Replace): void {
    const [first] = node.outputs;
    if (first === undefined) {
      return;
    }
    this.graph.within(node.path, () => {
      const other = replace(node, first);
      const outputs = other === undefined ? this.#copyNode(node) : [other].flat();
      node.outputs.forEach((output, index) => {
        const renewed = outputs[index];
        if (renewed !== undefined) {
          this.#renewed.set(output, renewed);
        }
      });
      return this.now(first);
    });
  }

  #copyInitializer({ name, shape, origin }: Value): Value {
    switch (origin.kind) {
      case "weight":
        return this.graph.weight(origin.location, shape);
      case "constant":
        return this.graph.constant(origin.data, shape);
      case "input":
      case "node":
        throw new InternalError(`${name} is no initializer`);
    }
  }

  #copyNode({ op, domain, inputs, attributes, outputs }: Node): readonly Value[] {
    const renewed = inputs.map((input) => (input === undefined ? undefined : this.now(input)));
    return this.graph.nodeWithOutputs({ op, domain, inputs: renewed, attributes }, outputs);
  }
}
