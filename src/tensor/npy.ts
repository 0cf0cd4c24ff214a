/**
 * NumPy's `.npy` files, format 1.0, C order, little-endian; read for the handful of types that the program meets, written as
 * float32. Reference: numpy/lib/_format_impl.py (the format is described in numpy.lib.format).
 */
import { shapeSize, formatShape, type Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

const MAGIC = "\x93NUMPY";
const ALIGNMENT = 64;

export type NpyData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;

export interface NpyArray {
  readonly shape: Shape;
  readonly data: NpyData;
}

/** What is wrong with an `.npy` file; callers add which file it is. */
export class NpyFormatError extends Error {}

const READERS: Readonly<Record<string, readonly [bytes: number, view: (buffer: ArrayBuffer) => NpyData]>> = {
  "<f4": [4, (buffer) => new Float32Array(buffer)],
  "<f8": [8, (buffer) => new Float64Array(buffer)],
  "<i8": [8, (buffer) => new BigInt64Array(buffer)],
  "<i4": [4, (buffer) => new Int32Array(buffer)],
  "|u1": [1, (buffer) => new Uint8Array(buffer)],
  "|b1": [1, (buffer) => new Uint8Array(buffer)],
};

/** Parses a whole `.npy` file. Throws `NpyFormatError` when it is no such file, or of a type or order that is not read. */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || Buffer.from(bytes.subarray(0, 6)).toString("latin1") !== MAGIC) {
    throw new NpyFormatError("is not an .npy file");
  }
  const major = view.getUint8(6);
  const headerStart = major === 1 ? 10 : 12;
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = headerStart + headerLength;
  if (dataStart > bytes.length) {
    throw new NpyFormatError("ends inside its header");
  }
  const header = Buffer.from(bytes.subarray(headerStart, dataStart)).toString("latin1");
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const dims = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  const reader = READERS[descr ?? ""];
  if (dims === undefined || order !== "False" || reader === undefined) {
    throw new NpyFormatError(
      `has type ${descr ?? "unknown"} in ${order === "True" ? "Fortran" : "C"} order, expected one of ${Object.keys(READERS).join(" ")} in C order`,
    );
  }
  const shape = dims
    .split(",")
    .filter((size) => size.trim() !== "")
    .map(Number);
  const [itemSize, asArray] = reader;
  const length = shapeSize(shape) * itemSize;
  if (dataStart + length !== bytes.length) {
    throw new NpyFormatError(
      `has ${bytes.length - dataStart} bytes of data, expected ${length} for shape ${formatShape(shape)}`,
    );
  }
  return { shape, data: asArray(new Uint8Array(bytes.subarray(dataStart)).buffer) };
}

/** The `.npy` file of a float32 tensor. */
export function formatNpy({ shape, data }: Tensor): Buffer {
  const dims = shape.length === 1 ? `${shape.join()},` : shape.join(", ");
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims}), }`;
  const padding = ALIGNMENT - ((10 + dict.length + 1) % ALIGNMENT);
  const header = `${dict}${" ".repeat(padding % ALIGNMENT)}\n`;
  const prefix = Buffer.alloc(10);
  prefix.write(MAGIC, "latin1");
  prefix.writeUInt8(1, 6);
  prefix.writeUInt16LE(header.length, 8);
  return Buffer.concat([
    prefix,
    Buffer.from(header, "latin1"),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}
