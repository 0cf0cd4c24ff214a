/** Values and nodes of a network under construction: immutable, typed, and never holding numbers of weights. */
import type { TensorLocation } from "../checkpoint/tensor-location.js";
import type { DType } from "../tensor/dtype.js";
import type { Shape } from "../tensor/shape.js";
import type { GraphError, InternalError } from "../errors.js";

/** Where a value comes from. */
export type Origin =
  | { readonly kind: "input" }
  | { readonly kind: "node"; readonly node: Node }
  | { readonly kind: "weight"; readonly location: TensorLocation }
  | { readonly kind: "constant"; readonly data: ConstantData };

/** Numbers of a constant; 16-bit patterns are half floats. */
export type ConstantData = Float32Array | Uint16Array | BigInt64Array | Int8Array | Uint8Array;

/** The types that networks can be computed in. */
export const COMPUTE_TYPES = ["float32", "float16"] as const;
export type ComputeType = (typeof COMPUTE_TYPES)[number];

/** One tensor that flows through a graph. `name` is unique in its graph and stable from build to build. */
export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly origin: Origin;
  /** True when it depends on weights and constants alone, on no input. */
  readonly constant: boolean;
}

/** An attribute of an ONNX node, tagged with its ONNX type since JavaScript has one number type only. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

/** `kandinsky3` is for what no engine has: such nodes are replaced before a program is emitted (graph/quantized/lower.ts). */
export type Domain = "" | "com.microsoft" | "kandinsky3";

/** One operator call. Operators keep their exact ONNX names. */
export interface Node {
  /** Position in building order, which is a topological order. */
  readonly index: number;
  readonly op: string;
  readonly domain: Domain;
  /** `undefined` stands for an optional input that is left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly Value[];
  /** Module path of the block that made it, as in the checkpoint's keys. */
  readonly path: string;
}

export interface NodeSpec {
  readonly op: string;
  readonly domain?: Domain;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OutputType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What operators and blocks ask of the graph that a value belongs to; `GraphBuilder` is the one that there is. */
export interface Graph {
  /** The type of arithmetic: what weights are cast to, and what every float is in that no comment says otherwise of. */
  readonly computeType: ComputeType;
  /** A stored tensor in its stored type, seen as `shape` (the same elements in the same order). */
  weight(location: TensorLocation, shape?: Shape): Value;
  /** Numbers known while building. The array says of which type they are, but for 16-bit patterns, whose type has to be named. */
  constant(data: ConstantData, shape: Shape, dtype?: DType): Value;
  /** Floats known while building, in `dtype`: the compute type when it is left out. */
  floats(numbers: Iterable<number>, shape: Shape, dtype?: ComputeType): Value;
  /** Adds an operator with one output. */
  node(spec: NodeSpec, output: OutputType): Value;
  /** Adds an operator with any number of outputs. */
  nodeWithOutputs(spec: NodeSpec, outputs: readonly OutputType[]): readonly Value[];
  /** Runs `build` with `path` as the place that names, messages and taps refer to. */
  within(path: string, build: () => Value): Value;
  /** An error at the present place. */
  error(op: string, message: string): GraphError;
  /** The same for what only a fault of the program itself can lead to. */
  internalError(op: string, message: string): InternalError;
}
