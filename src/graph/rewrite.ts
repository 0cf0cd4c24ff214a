/** Copies a program into a graph of its own, with something else in the place of some nodes. */
import { InternalError } from "../errors.js";
import type { Shape } from "../tensor/shape.js";
import { GraphBuilder } from "./graph-builder.js";
import { computeTypeOf, type Program, programOf } from "./program.js";
import type { Node, Value } from "./value.js";

export interface RewriteRules {
  /** The values that take the place of a node's outputs in the new graph; `undefined` copies the node. */
  readonly replace: (node: Node, output: Value) => Value | readonly Value[] | undefined;
  /** Nodes that are left out, since nothing that reads them is copied. */
  readonly skip?: (node: Node) => boolean;
  /** The shape of an input in the new graph; left out, all keep theirs. */
  readonly inputShape?: (input: Value) => Shape;
}

export class Rewriting {
  readonly graph: GraphBuilder;
  readonly #program: Program;
  readonly #renewed = new Map<Value, Value>();

  /** The new graph computes in the type of the old one; `prefix` begins the names of its values. */
  constructor(program: Program, prefix: string) {
    this.#program = program;
    this.graph = new GraphBuilder({ prefix, computeType: computeTypeOf(program) });
  }

  /** The program that returns outputs under the same names from inputs under the same names. */
  run({ replace, skip = () => false, inputShape = ({ shape }) => shape }: RewriteRules): Program {
    const { inputs, initializers, nodes, outputs } = this.#program;
    inputs.forEach((value) => {
      this.#renewed.set(value, this.graph.input(value.name, value.dtype, inputShape(value)));
    });
    initializers.forEach((value) => {
      this.#renewed.set(value, this.#copyInitializer(value));
    });
    for (const node of nodes) {
      if (!skip(node)) {
        this.#renewNode(node, replace);
      }
    }
    return programOf(new Map([...outputs].map(([name, value]) => [name, this.now(value)])));
  }

  /** What stands for a value of the old program. */
  now(value: Value): Value {
    const renewed = this.#renewed.get(value);
    if (renewed === undefined) {
      throw value.graph.internalError("rewrite", `nothing takes the place of ${value.name}`);
    }
    return renewed;
  }

  #renewNode(node: Node, replace: RewriteRules["replace"]): void {
    const [first] = node.outputs;
    if (first === undefined) {
      return;
    }
    this.graph.within(node.path, () => {
      const others = replace(node, first) ?? this.#copyNode(node);
      const outputs = "graph" in others ? [others] : others;
      node.outputs.forEach((output, index) => {
        const renewed = outputs[index];
        if (renewed !== undefined) {
          this.#renewed.set(output, renewed);
        }
      });
      return this.now(first);
    });
  }

  #copyInitializer({ name, shape, dtype, origin }: Value): Value {
    switch (origin.kind) {
      case "weight":
        return this.graph.weight(origin.location, shape);
      case "constant":
        return this.graph.constant(origin.data, shape, dtype);
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
