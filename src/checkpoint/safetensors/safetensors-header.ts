/**
 * The JSON header of a safetensors file: element types, shapes and byte ranges, every one of them checked, so that whoever maps
 * the file later can trust the ranges. Reference: the format section of the safetensors README, and safetensors/src/tensor.rs.
 */
import { itemSize, type DType, DTYPES } from "../../tensor/dtype.js";
import { formatShape, type Shape } from "../../tensor/shape.js";
import { quoted } from "../../text/quote.js";
import { isJsonObject, JsonProblem, kindOf, parseStrictJson } from "../../files/strict-json.js";
import { quantizationOfType, refusal } from "../quantized/foreign-quantization.js";
import type { TensorLocation } from "../tensor-location.js";

/** What the format calls the element types. */
export const SAFETENSORS_NAMES: Readonly<Record<DType, string>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

const DTYPE_OF: ReadonlyMap<unknown, DType> = new Map(DTYPES.map((dtype) => [SAFETENSORS_NAMES[dtype], dtype]));

const METADATA_KEY = "__metadata__";
const OPENING_BRACE = 0x7b;

/** What is wrong with a header, as the rest of a sentence; callers add which file it is. */
export class HeaderProblem extends Error {}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
}

/** The file around a header: its path, where the tensors' bytes start and how many there are. */
export interface DataSection {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

/** Parses a header. Throws `HeaderProblem` unless its tensors fill the data section without overlap or hole. */
export function parseSafetensorsHeader(header: Uint8Array, data: DataSection): SafetensorsHeader {
  const root = parseObject(header);
  let metadata: ReadonlyMap<string, string> = new Map();
  const tensors = new Map<string, TensorLocation>();
  for (const [key, value] of Object.entries(root)) {
    if (key === METADATA_KEY) {
      metadata = parseMetadata(value);
    } else {
      tensors.set(key, parseTensor(key, value, data));
    }
  }
  requireContiguous(tensors, data);
  return { metadata, tensors };
}

function parseObject(header: Uint8Array): Readonly<Record<string, unknown>> {
  if (header[0] !== OPENING_BRACE) {
    throw new HeaderProblem('the header does not begin with "{"');
  }
  try {
    const root = parseStrictJson(header);
    if (isJsonObject(root)) {
      return root;
    }
    throw new HeaderProblem(`the header is ${kindOf(root)}, expected an object`);
  } catch (error) {
    if (error instanceof JsonProblem) {
      throw new HeaderProblem(`the header ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function parseMetadata(value: unknown): ReadonlyMap<string, string> {
  if (!isJsonObject(value)) {
    throw new HeaderProblem(`${quoted(METADATA_KEY)} is ${kindOf(value)}, expected an object of strings`);
  }
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw new HeaderProblem(`${quoted(METADATA_KEY)} has ${kindOf(text)} at ${quoted(key)}, expected a string`);
    }
    metadata.set(key, text);
  }
  return metadata;
}

function parseTensor(key: string, value: unknown, data: DataSection): TensorLocation {
  const name = quoted(key);
  if (!isJsonObject(value)) {
    throw new HeaderProblem(`${name} is ${kindOf(value)}, expected an object with dtype, shape and data_offsets`);
  }
  const dtype = DTYPE_OF.get(value["dtype"]);
  if (dtype === undefined) {
    const quantization = quantizationOfType(value["dtype"]);
    if (quantization !== undefined) {
      throw new HeaderProblem(refusal(quantization));
    }
    const got = typeof value["dtype"] === "string" ? quoted(value["dtype"]) : kindOf(value["dtype"]);
    throw new HeaderProblem(`${name} has dtype ${got}, expected one of ${[...DTYPE_OF.keys()].join(" ")}`);
  }
  const shape = parseSizes(value["shape"], `${name}: shape`);
  const expectedLength = byteLength(name, shape, dtype);
  const [begin, end, ...more] = parseSizes(value["data_offsets"], `${name}: data_offsets`);
  if (begin === undefined || end === undefined || more.length > 0) {
    throw new HeaderProblem(`${name}: data_offsets is another list than [begin, end]`);
  }
  if (begin > end) {
    throw new HeaderProblem(`${name} begins at ${begin} and ends at ${end}, expected it to end after its beginning`);
  }
  if (end > data.length) {
    throw new HeaderProblem(
      `${name} ends at byte ${end} of the data, expected at most ${data.length} (a cut-off file?)`,
    );
  }
  if (end - begin !== expectedLength) {
    throw new HeaderProblem(
      `${name} takes ${end - begin} bytes, expected ${expectedLength} for shape ${formatShape(shape)} of ${dtype}`,
    );
  }
  return { file: data.file, offset: data.start + begin, length: expectedLength, dtype, shape };
}

/** A list of non-negative integers that JavaScript numbers hold exactly. */
function parseSizes(value: unknown, what: string): Shape {
  if (!Array.isArray(value)) {
    throw new HeaderProblem(`${what} is ${kindOf(value)}, expected a list of sizes`);
  }
  return value.map((size: unknown) => {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0 || Object.is(size, -0)) {
      const got = typeof size === "number" ? String(size) : kindOf(size);
      throw new HeaderProblem(`${what} holds ${got}, expected integers from 0 to 2^53 - 1`);
    }
    return size;
  });
}

/** Checked at every step: a product that overflows and then meets a 0 would look harmless. */
function byteLength(name: string, shape: Shape, dtype: DType): number {
  let bytes = itemSize(dtype);
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) {
      throw new HeaderProblem(`${name} has shape ${formatShape(shape)}, which is beyond 2^53 bytes`);
    }
  }
  return bytes;
}

/** The format allows neither overlaps nor holes: a byte that no tensor owns could be a second file in disguise. */
function requireContiguous(tensors: ReadonlyMap<string, TensorLocation>, data: DataSection): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length);
  let end = data.start;
  let previous = "the header";
  for (const [key, { offset, length }] of inOrder) {
    if (offset < end) {
      throw new HeaderProblem(`${quoted(key)} overlaps ${previous} by ${end - offset} bytes`);
    }
    if (offset > end) {
      throw new HeaderProblem(`${offset - end} bytes between ${previous} and ${quoted(key)} belong to no tensor`);
    }
    end = offset + length;
    previous = quoted(key);
  }
  const trailing = data.start + data.length - end;
  if (trailing > 0) {
    throw new HeaderProblem(`${trailing} bytes after ${previous} belong to no tensor`);
  }
}
