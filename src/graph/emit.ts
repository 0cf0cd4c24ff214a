/**
 * Writes a program as an ONNX model. Weights become external data that points straight into the published files, so the model
 * itself is small. Reference: onnx/onnx.proto; external data: onnx/docs/ExternalData.md.
 */
import { parse } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import type { TensorLocation } from "../checkpoint/tensor-location.js";
import { GraphError, InternalError } from "../errors.js";
import type { DType } from "../tensor/dtype.js";
import { freeAxes, type FreeAxes } from "./free-axes.js";
import type { Program } from "./program.js";
import type { Attribute, Node, Value } from "./value.js";

/** The newest operator set for which ONNX Runtime 1.30 has every CPU kernel and layout transformation that is used here. */
const OPSET = 21n;
const IR_VERSION = 10n;

const DATA_TYPES: Readonly<Record<DType, TensorProto_DataType>> = {
  float64: TensorProto_DataType.DOUBLE,
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  int16: TensorProto_DataType.INT16,
  int8: TensorProto_DataType.INT8,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
};

export interface EmittedModel {
  /** The ONNX model, without its weights. */
  readonly bytes: Uint8Array;
  /** Folder that the external data's paths start from: the root of the file system that holds the weights. */
  readonly externalDataRoot: string;
}

/** ONNX number of an element type, for the `to` attribute of `Cast`. */
export function onnxDataType(dtype: DType): number {
  return DATA_TYPES[dtype];
}

/**
 * Encodes `program`. All its weight files must lie on one file-system root (on Windows: one drive).
 * @param twin the same program at other sizes; what differs is left open, and the model runs at any size of it
 */
export function emit(program: Program, twin?: Program): EmittedModel {
  const free = twin && freeAxes(program, twin);
  const externalDataRoot = commonRoot(program);
  const { renamed, copies } = nameOutputs(program);
  const nameOf = (value: Value): string => renamed.get(value) ?? value.name;
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "kandinsky3",
    opsetImport: [
      { domain: "", version: OPSET },
      { domain: "com.microsoft", version: 1n },
    ],
    graph: {
      name: "kandinsky3",
      node: [
        ...program.nodes.map((node) => nodeProto(node, nameOf)),
        ...copies.map(([name, value]) =>
          create(NodeProtoSchema, { name, opType: "Identity", input: [nameOf(value)], output: [name] }),
        ),
      ],
      initializer: program.initializers.map((value) =>
        initializerProto(value, externalDataRoot, free?.constants.get(value)),
      ),
      input: program.inputs.map((value) => valueInfo(value.name, value, free)),
      output: [...program.outputs].map(([name, value]) => valueInfo(name, value, free)),
    },
  });
  return { bytes: toBinary(ModelProtoSchema, model), externalDataRoot };
}

/**
 * A node's result takes the name that it is returned under. What is no node's result (an input, a weight), or is returned under
 * a second name, is copied.
 */
function nameOutputs(program: Program): {
  readonly renamed: ReadonlyMap<Value, string>;
  readonly copies: readonly (readonly [string, Value])[];
} {
  const nodes = new Set(program.nodes);
  const renamed = new Map<Value, string>();
  const copies: (readonly [string, Value])[] = [];
  for (const [name, value] of program.outputs) {
    if (value.origin.kind === "node" && nodes.has(value.origin.node) && !renamed.has(value)) {
      renamed.set(value, name);
    } else {
      copies.push([name, value]);
    }
  }
  return { renamed, copies };
}

function commonRoot(program: Program): string {
  const roots = new Set<string>();
  for (const { origin } of program.initializers) {
    if (origin.kind === "weight") {
      roots.add(parse(origin.location.file).root);
    }
  }
  if (roots.size > 1) {
    throw new GraphError(`weights lie on several drives (${[...roots].join(", ")}), expected one`);
  }
  return [...roots][0] ?? parse(process.cwd()).root;
}

function nodeProto(node: Node, nameOf: (value: Value) => string): NodeProto {
  if (node.domain === "kandinsky3") {
    throw new InternalError(`${node.path}: ${node.op} was not lowered, and no engine has it`);
  }
  return create(NodeProtoSchema, {
    name: node.outputs[0]?.name ?? "",
    opType: node.op,
    domain: node.domain,
    input: presentInputs(node).map((input) => (input === undefined ? "" : nameOf(input))),
    output: node.outputs.map(nameOf),
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  });
}

/** Optional inputs at the end are left out altogether: an empty name there crashes some of ONNX Runtime's optimisers. */
function presentInputs(node: Node): readonly (Value | undefined)[] {
  return node.inputs.slice(0, node.inputs.findLastIndex((input) => input !== undefined) + 1);
}

function attributeProto(name: string, attribute: Attribute): AttributeProto {
  if ("int" in attribute) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(attribute.int) });
  }
  if ("float" in attribute) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: attribute.float });
  }
  if ("ints" in attribute) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INTS,
      ints: attribute.ints.map(BigInt),
    });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.STRING,
    s: new TextEncoder().encode(attribute.string),
  });
}

function initializerProto(value: Value, root: string, instead?: BigInt64Array): TensorProto {
  const common = { name: value.name, dims: value.shape.map(BigInt), dataType: DATA_TYPES[value.dtype] };
  switch (value.origin.kind) {
    case "weight":
      return create(TensorProtoSchema, { ...common, ...externalData(value.origin.location, root) });
    case "constant": {
      const { buffer, byteOffset, byteLength } = instead ?? value.origin.data;
      return create(TensorProtoSchema, {
        ...common,
        rawData: new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer),
      });
    }
    case "input":
    case "node":
      throw new InternalError(`${value.name} is no initializer`);
  }
}

function externalData(
  location: TensorLocation,
  root: string,
): Pick<TensorProto, "dataLocation"> & { externalData: { key: string; value: string }[] } {
  return {
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: "location", value: location.file.slice(root.length) },
      { key: "offset", value: String(location.offset) },
      { key: "length", value: String(location.length) },
    ],
  };
}

function valueInfo(name: string, value: Value, free: FreeAxes | undefined): ValueInfoProto {
  const sizes = free?.shapeOf(value) ?? value.shape;
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: DATA_TYPES[value.dtype],
          shape: {
            // A size without a value is any size.
            dim: sizes.map((size) =>
              size === undefined ? {} : { value: { case: "dimValue" as const, value: BigInt(size) } },
            ),
          },
        },
      },
    },
  });
}
