/** The numbers of a stored tensor, read in pieces: for work on weights outside a network, which maps them instead. */
import { CheckpointError } from "../errors.js";
import { bytesOf, type DType } from "../tensor/dtype.js";
import { decodeHalf } from "../tensor/float16.js";
import { FileProblem, readBytes, withFile } from "./local-file.js";
import type { TensorLocation } from "./tensor-location.js";

/** About as many bytes as a piece may have. */
const PIECE_BYTES = 16 * 1024 ** 2;

/** The stored bytes of a tensor in pieces whose lengths are multiples of `unit` bytes. Throws `CheckpointError`. */
export async function* readPieces({ file, offset, length }: TensorLocation, unit = 1): AsyncGenerator<Uint8Array> {
  const size = Math.max(1, Math.floor(PIECE_BYTES / unit)) * unit;
  for (let done = 0; done < length; done += size) {
    try {
      yield await withFile(file, (handle) => readBytes(handle, offset + done, Math.min(size, length - done)));
    } catch (error) {
      if (error instanceof FileProblem) {
        throw new CheckpointError(`${file} ${error.message}`, { cause: error });
      }
      throw error;
    }
  }
}

/** The same as float32 numbers, in pieces of whole rows of `columns` numbers. */
export async function* readRows(location: TensorLocation, columns: number): AsyncGenerator<Float32Array> {
  for await (const piece of readPieces(location, columns * bytesOf(location.dtype))) {
    yield toFloat32(piece, location.dtype);
  }
}

function toFloat32({ buffer, byteOffset, byteLength }: Uint8Array, dtype: DType): Float32Array {
  const count = byteLength / bytesOf(dtype);
  switch (dtype) {
    case "float64":
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case "float32":
      return new Float32Array(buffer, byteOffset, count);
    case "float16":
    case "bfloat16":
      return decodeHalf(new Uint16Array(buffer, byteOffset, count), dtype);
    case "int64":
    case "int32":
    case "int16":
    case "int8":
    case "uint8":
    case "bool":
      throw new CheckpointError(`internal: ${dtype} numbers are no weights`);
  }
}
