/** Copies a program into a graph of its own, with something else in the place of some nodes. */
import { GraphError } from "../errors.js";
import { GraphBuilder } from "./graph-builder.js";
import { type Program, programOf } from "./program.js";
import type { Node, Value } from "./value.js";

/** The value that takes the place of `node`'s first output in the new graph; `undefined` copies the node. */
export type Replace = (node: Node, output: Value) => Value | undefined;

export class Rewriting {
  readonly graph: GraphBuilder;
  readonly #renewed = new Map<Value, Value>();

  constructor(prefix: string) {
    this.graph = new GraphBuilder(prefix);
  }

  /** The program that returns the same outputs, under the same names, from the same inputs; nodes that `skip` names are left out. */
  run(program: Program, replace: Replace, skip: (node: Node) => boolean = () => false): Program {
    program.inputs.forEach((value) => {
      this.#renewed.set(value, this.graph.input(value.name, value.dtype, value.shape));
    });
    program.initializers.forEach((value) => {
      this.#renewed.set(value, this.#copyInitializer(value));
    });
    for (const node of program.nodes) {
      if (!skip(node)) {
        this.#renewNode(node, replace);
      }
    }
    return programOf(new Map([...program.outputs].map(([name, value]) => [name, this.now(value)])));
  }

  /** What stands for a value of the old program. */
  now(value: Value): Value {
    const renewed = this.#renewed.get(value);
    if (renewed === undefined) {
      throw value.graph.error("rewrite", `internal: nothing takes the place of ${value.name}`);
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
      const outputs = other === undefined ? this.#copyNode(node) : [other];
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
        throw new GraphError(`internal: ${name} is no initializer`);
    }
  }

  #copyNode({ op, domain, inputs, attributes, outputs }: Node): readonly Value[] {
    const renewed = inputs.map((input) => (input === undefined ? undefined : this.now(input)));
    return this.graph.nodeWithOutputs({ op, domain, inputs: renewed, attributes }, outputs);
  }
}
