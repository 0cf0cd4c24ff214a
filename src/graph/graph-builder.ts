/**
 * Builds one network, node by node. Operator functions live in `ops/`; they infer the shape of what they return and fail at
 * the call that is wrong. Nothing here knows a model or an engine.
 */
import type { TensorLocation } from "../checkpoint/tensor-location.js";
import { GraphError, InternalError } from "../errors.js";
import type { DType } from "../tensor/dtype.js";
import { encodeHalf } from "../tensor/float16.js";
import { shapeSize, formatShape, type Shape } from "../tensor/shape.js";
import type { ComputeType, ConstantData, Graph, Node, NodeSpec, OutputType, Value } from "./value.js";

export interface GraphOptions {
  /** Begins every name but the inputs', for a graph that takes another graph's values as inputs. */
  readonly prefix?: string;
  /** Left out: float32. */
  readonly computeType?: ComputeType;
}

export class GraphBuilder implements Graph {
  readonly computeType: ComputeType;
  readonly #prefix: string;
  readonly #weights = new Map<string, Value>();
  readonly #taps = new Map<string, Value>();
  readonly #counters = new Map<string, number>();
  readonly #path: string[] = [];
  #nodes = 0;

  constructor({ prefix = "", computeType = "float32" }: GraphOptions = {}) {
    this.#prefix = prefix;
    this.computeType = computeType;
  }

  /** Module path of the block being built. */
  get path(): string {
    return this.#path.at(-1) ?? "";
  }

  /** What each block returned, by module path: for goldens and for looking inside. */
  get taps(): ReadonlyMap<string, Value> {
    return this.#taps;
  }

  /** A tensor that is fed at every run. */
  input(name: string, dtype: DType, shape: Shape): Value {
    return { graph: this, name, shape, dtype, origin: { kind: "input" }, constant: false };
  }

  weight(location: TensorLocation, shape: Shape = location.shape): Value {
    if (shapeSize(shape) !== shapeSize(location.shape)) {
      throw this.internalError("weight", `${formatShape(location.shape)} cannot be seen as ${formatShape(shape)}`);
    }
    const key = `${location.file}:${location.offset}:${shape.join("x")}`;
    const known = this.#weights.get(key);
    if (known !== undefined) {
      return known;
    }
    const name = this.#uniqueName("weight");
    const value: Value = {
      graph: this,
      name,
      shape,
      dtype: location.dtype,
      origin: { kind: "weight", location },
      constant: true,
    };
    this.#weights.set(key, value);
    return value;
  }

  constant(data: ConstantData, shape: Shape, dtype = dtypeOf(data)): Value {
    if (data.length !== shapeSize(shape)) {
      throw this.internalError("constant", `${data.length} numbers for shape ${formatShape(shape)}`);
    }
    if (dtype === undefined || (data instanceof Uint16Array ? dtype !== "float16" : dtype !== dtypeOf(data))) {
      throw this.internalError("constant", `a ${data.constructor.name} for the type ${dtype ?? "that is not named"}`);
    }
    const name = this.#uniqueName("constant");
    return { graph: this, name, shape, dtype, origin: { kind: "constant", data }, constant: true };
  }

  floats(numbers: Iterable<number>, shape: Shape, dtype: ComputeType = this.computeType): Value {
    const data = Float32Array.from(numbers);
    return this.constant(dtype === "float16" ? encodeHalf(data, dtype) : data, shape, dtype);
  }

  node(spec: NodeSpec, output: OutputType): Value {
    const [value] = this.nodeWithOutputs(spec, [output]);
    if (value === undefined) {
      throw this.internalError(spec.op, "one output expected, got none");
    }
    return value;
  }

  nodeWithOutputs(spec: NodeSpec, outputs: readonly OutputType[]): readonly Value[] {
    const constant = spec.inputs.every((input) => input === undefined || input.constant);
    const name = this.#uniqueName(spec.op);
    const values: Value[] = [];
    const node: Node = {
      index: this.#nodes++,
      op: spec.op,
      domain: spec.domain ?? "",
      inputs: spec.inputs,
      attributes: spec.attributes ?? {},
      outputs: values,
      path: this.path,
    };
    outputs.forEach(({ dtype, shape }, index) => {
      const suffix = outputs.length > 1 ? `.${index}` : "";
      values.push({ graph: this, name: name + suffix, shape, dtype, origin: { kind: "node", node }, constant });
    });
    return values;
  }

  within(path: string, build: () => Value): Value {
    this.#path.push(path);
    try {
      const value = build();
      this.#taps.set(path, value);
      return value;
    } finally {
      this.#path.pop();
    }
  }

  /** An error at the present place: `unet.down_blocks.0: Conv: expected ..., got ...`. */
  error(op: string, message: string): GraphError {
    return new GraphError(this.#located(op, message));
  }

  internalError(op: string, message: string): InternalError {
    return new InternalError(this.#located(op, message));
  }

  #located(op: string, message: string): string {
    return `${this.path === "" ? "graph" : this.path}: ${op}: ${message}`;
  }

  #uniqueName(kind: string): string {
    const stem = this.#prefix + (this.path === "" ? kind : `${this.path}/${kind}`);
    const count = this.#counters.get(stem) ?? 0;
    this.#counters.set(stem, count + 1);
    return count === 0 ? stem : `${stem}_${count}`;
  }
}

/** The one type that an array can hold; `undefined` for patterns. */
function dtypeOf(data: ConstantData): DType | undefined {
  if (data instanceof Uint16Array) {
    return undefined;
  }
  if (data instanceof Float32Array) {
    return "float32";
  }
  if (data instanceof BigInt64Array) {
    return "int64";
  }
  return data instanceof Int8Array ? "int8" : "uint8";
}
