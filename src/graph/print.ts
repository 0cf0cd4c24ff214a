/** A program as text, stable from build to build: one line a node, under the path of the block that made it. */
import { decodeHalf } from "../tensor/float16.js";
import { formatShape } from "../tensor/shape.js";
import type { Program } from "./program.js";
import type { Attribute, ConstantData, Node, Value } from "./value.js";

/**
 * Prints a program. Values are numbered in order of use; weights are shown by dtype and shape, so that the text depends on
 * the network alone and not on where its files lie.
 */
export function printProgram(program: Program): string {
  const numbers = new Map<Value, number>();
  const reference = (value: Value | undefined): string => {
    if (value === undefined) {
      return "_";
    }
    switch (value.origin.kind) {
      case "weight":
        return `weight(${value.dtype}${formatShape(value.shape)})`;
      case "constant":
        return describeConstant(value.origin.data, value);
      case "input":
      case "node": {
        const number = numbers.get(value) ?? numbers.size;
        numbers.set(value, number);
        return `%${number}`;
      }
    }
  };
  const lines = program.inputs.map((value) => `${reference(value)} = input ${value.name}: ${typeOf(value)}`);
  let path = "";
  for (const node of program.nodes) {
    if (node.path !== path) {
      path = node.path;
      lines.push(`# ${path}`);
    }
    lines.push(printNode(node, reference));
  }
  for (const [name, value] of program.outputs) {
    lines.push(`return ${name}: ${reference(value)}`);
  }
  return lines.join("\n");
}

function printNode(node: Node, reference: (value: Value | undefined) => string): string {
  const inputs = node.inputs.map(reference).join(", ");
  const outputs = node.outputs.map((value) => `${reference(value)}: ${typeOf(value)}`).join(", ");
  const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}=${printAttribute(value)}`);
  const operator = node.domain === "" ? node.op : `${node.domain}.${node.op}`;
  return `${outputs} = ${operator}(${[inputs, ...attributes].filter((part) => part !== "").join(", ")})`;
}

function printAttribute(attribute: Attribute): string {
  if ("ints" in attribute) {
    return `[${attribute.ints.join(",")}]`;
  }
  if ("string" in attribute) {
    return JSON.stringify(attribute.string);
  }
  return "int" in attribute ? String(attribute.int) : String(Math.fround(attribute.float));
}

function describeConstant(data: ConstantData, value: Value): string {
  if (data.length > 8) {
    return `constant(${typeOf(value)})`;
  }
  const numbers = data instanceof Uint16Array ? decodeHalf(data, "float16") : data;
  return `[${Array.from<number | bigint, string>(numbers, String).join(",")}]`;
}

function typeOf(value: Value): string {
  return `${value.dtype}${formatShape(value.shape)}`;
}
