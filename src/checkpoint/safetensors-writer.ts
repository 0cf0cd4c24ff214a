/**
 * Writes a safetensors file tensor by tensor, of any size in little memory. What is there of an earlier attempt that was broken
 * off is kept: the file grows under another name, and the bytes that it must have are known from its header.
 * Reference: the format section of the safetensors README.
 */
import { mkdir, open, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { CheckpointError, reasonOf } from "../errors.js";
import { bytesOf, type DType } from "../tensor/dtype.js";
import { elementCount, type Shape } from "../tensor/shape.js";
import { SAFETENSORS_NAMES } from "./safetensors-header.js";

export interface TensorToWrite {
  readonly key: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Tensors whose bytes come from one piece of work, in the order of the file. */
export interface WriteUnit {
  readonly tensors: readonly TensorToWrite[];
  /** The bytes of all of them, one after the other, in pieces of any size. */
  readonly produce: () => AsyncIterable<Uint8Array>;
}

export interface WriteOptions {
  readonly metadata: Readonly<Record<string, string>>;
  /** Told after every piece. */
  readonly onProgress?: ((written: number, total: number) => void) | undefined;
}

/** The name of a file that is not complete. */
export const PARTIAL_SUFFIX = ".partial";

/** Writes `file`; it appears when it is complete. Throws `CheckpointError` when that fails. */
export async function writeSafetensors(
  file: string,
  units: readonly WriteUnit[],
  { metadata, onProgress }: WriteOptions,
): Promise<void> {
  const header = headerOf(
    units.flatMap(({ tensors }) => tensors),
    metadata,
  );
  const partial = file + PARTIAL_SUFFIX;
  await onDisk(file, mkdir(dirname(file), { recursive: true }));
  const handle = await onDisk(file, open(partial, "a+"));
  try {
    const sizes = units.map(({ tensors }) => tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0));
    const total = header.length + sizes.reduce((sum, size) => sum + size, 0);
    const { position, firstUnit } = await onDisk(file, resume(handle, header, sizes));
    let written = position;
    for (const [index, unit] of units.entries()) {
      if (index < firstUnit) {
        continue;
      }
      for await (const piece of unit.produce()) {
        await onDisk(file, handle.appendFile(piece));
        written += piece.length;
        onProgress?.(written, total);
      }
    }
    await onDisk(file, handle.sync());
    const { size } = await onDisk(file, handle.stat());
    if (size !== total || written !== total) {
      throw new CheckpointError(`${partial} has ${size} bytes, expected ${total}: does another program write it?`);
    }
  } finally {
    await handle.close();
  }
  await onDisk(file, rename(partial, file));
}

/** Cuts what is there back to the last whole unit, or starts anew where another file was begun. */
async function resume(
  handle: FileHandle,
  header: Uint8Array,
  sizes: readonly number[],
): Promise<{ readonly position: number; readonly firstUnit: number }> {
  const { size } = await handle.stat();
  const begun = Buffer.alloc(Math.min(size, header.length));
  await handle.read(begun, 0, begun.length, 0);
  if (size < header.length || !begun.equals(header)) {
    await handle.truncate(0);
    await handle.appendFile(header);
    return { position: header.length, firstUnit: 0 };
  }
  let [position, firstUnit] = [header.length, 0];
  while (firstUnit < sizes.length && position + (sizes[firstUnit] ?? 0) <= size) {
    position += sizes[firstUnit] ?? 0;
    firstUnit++;
  }
  await handle.truncate(position);
  return { position, firstUnit };
}

function headerOf(tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0;
  const entries = tensors.map((tensor) => {
    const start = offset;
    offset += byteLength(tensor);
    const entry = { dtype: SAFETENSORS_NAMES[tensor.dtype], shape: tensor.shape, data_offsets: [start, offset] };
    return [tensor.key, entry] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  // Spaces align the tensors, as the format's own writer does.
  const body = new TextEncoder().encode(json);
  const header = new Uint8Array(8 + Math.ceil(body.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(body, 8);
  return header;
}

function byteLength({ dtype, shape }: TensorToWrite): number {
  return elementCount(shape) * bytesOf(dtype);
}

async function onDisk<Result>(file: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new CheckpointError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}
