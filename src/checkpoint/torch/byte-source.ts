/** Random access to the bytes of a file, or of a file's content in memory; a part that is not there is refused before it is asked for. */
import type { FileHandle } from "node:fs/promises";
import { readBytes } from "../../files/local-file.js";
import { TorchProblem } from "./torch-value.js";

export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset`. Throws `TorchProblem` when the file has fewer. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export function fileSource(handle: FileHandle, size: number): ByteSource {
  return { size, read: async (offset, length) => readBytes(handle, requireRange(size, offset, length), length) };
}

export function memorySource(bytes: Uint8Array): ByteSource {
  const { length: size } = bytes;
  return {
    size,
    read: (offset, length) =>
      Promise.resolve().then(() => bytes.subarray(requireRange(size, offset, length), offset + length)),
  };
}

/** Returns `offset`. */
export function requireRange(size: number, offset: number, length: number): number {
  if (!(
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  )) {
    throw new TorchProblem(`${length} bytes at ${offset} are not there, the file has ${size} bytes (a cut-off file?)`);
  }
  return offset;
}
