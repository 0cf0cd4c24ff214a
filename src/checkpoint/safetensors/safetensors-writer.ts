/**
 * Writes safetensors files of any size in little memory: the header from what is known of the tensors, then their bytes as they
 * come. Reference: the format section of the safetensors README.
 */
import { open, rename, type FileHandle } from "node:fs/promises";
import { itemSize, type DType } from "../../tensor/dtype.js";
import { shapeSize, type Shape } from "../../tensor/shape.js";
import { FileProblem, readBytes, withFile } from "../../files/local-file.js";
import { quoted } from "../../text/quote.js";
import { SAFETENSORS_NAMES } from "./safetensors-header.js";
import type { TensorLocation } from "../tensor-location.js";
import { InternalError } from "../../errors.js";
import { toDisk } from "../../files/to-disk.js";

/** A tensor to be written. Its chunks together have exactly the bytes of its shape. */
export interface TensorContent {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 8 * 1024 * 1024;
/** The data section begins at a multiple of this, so that every element of it is aligned. */
const ALIGNMENT = 8;

/** A tensor as it is stored elsewhere. */
export function storedContent(location: TensorLocation): TensorContent {
  const { dtype, shape } = location;
  return { dtype, shape, chunks: () => readChunks(location) };
}

export function zeros(dtype: DType, shape: Shape): TensorContent {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (let left = byteCount({ dtype, shape }); left > 0; left -= CHUNK_BYTES) {
      yield await Promise.resolve(new Uint8Array(Math.min(left, CHUNK_BYTES)));
    }
  };
  return { dtype, shape, chunks };
}

export function byteCount({ dtype, shape }: Pick<TensorContent, "dtype" | "shape">): number {
  return shapeSize(shape) * itemSize(dtype);
}

export interface WriteOptions {
  /** Beside the format's own entry. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Hears of every chunk and may throw to stop. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Writes a new file. File system errors come as they are. */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, TensorContent>,
  { metadata, onBytes = () => undefined }: WriteOptions = {},
): Promise<void> {
  const { header, inOrder } = layOut(tensors, metadata);
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(header);
    for (const [key, tensor] of inOrder) {
      await writeTensor(handle, key, tensor, onBytes);
    }
    // Some file systems report a full disk only here.
    await toDisk(handle);
  } finally {
    await handle.close();
  }
}

/**
 * As `writeSafetensors`, but goes on where an earlier attempt at the same file was broken off. The file grows under another
 * name; what it has to begin with is known from its header, and whole tensors are kept.
 */
export async function resumeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, TensorContent>,
  { metadata, onBytes = () => undefined }: WriteOptions = {},
): Promise<void> {
  const { header, inOrder } = layOut(tensors, metadata);
  const partial = `${file}.partial`;
  const handle = await open(partial, "a+");
  try {
    const kept = await keepWhole(handle, header, inOrder);
    onBytes(inOrder.slice(0, kept).reduce((sum, [, tensor]) => sum + byteCount(tensor), 0));
    for (const [key, tensor] of inOrder.slice(kept)) {
      await writeTensor(handle, key, tensor, onBytes);
    }
    await toDisk(handle);
    const expected = inOrder.reduce((sum, [, tensor]) => sum + byteCount(tensor), header.length);
    const { size } = await handle.stat();
    if (size !== expected) {
      throw new FileProblem(`has ${size} bytes, expected ${expected}: does another program write it too?`);
    }
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}

/** Cuts what is there back to the last whole tensor, or to a new header where another file was begun; counts tensors. */
async function keepWhole(
  handle: FileHandle,
  header: Buffer,
  inOrder: readonly (readonly [string, TensorContent])[],
): Promise<number> {
  const { size } = await handle.stat();
  const begun = size < header.length ? undefined : await readBytes(handle, 0, header.length);
  if (begun === undefined || !header.equals(begun)) {
    await handle.truncate(0);
    await handle.appendFile(header);
    return 0;
  }
  let [end, kept] = [header.length, 0];
  for (const [, tensor] of inOrder) {
    if (end + byteCount(tensor) > size) {
      break;
    }
    end += byteCount(tensor);
    kept++;
  }
  await handle.truncate(end);
  return kept;
}

async function writeTensor(
  handle: FileHandle,
  key: string,
  tensor: TensorContent,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let written = 0;
  for await (const chunk of tensor.chunks()) {
    onBytes(chunk.length);
    await handle.appendFile(chunk);
    written += chunk.length;
  }
  if (written !== byteCount(tensor)) {
    throw new InternalError(`${quoted(key)} has ${written} bytes, expected ${byteCount(tensor)}`);
  }
}

/** Wide elements first, so that all are aligned; the reference sorts the same way. */
function layOut(
  tensors: ReadonlyMap<string, TensorContent>,
  metadata: Readonly<Record<string, string>> = {},
): { readonly header: Buffer; readonly inOrder: readonly (readonly [string, TensorContent])[] } {
  const inOrder = [...tensors].sort(
    ([a, one], [b, other]) => itemSize(other.dtype) - itemSize(one.dtype) || (a < b ? -1 : 1),
  );
  let end = 0;
  const entries = inOrder.map(([key, tensor]) => {
    const begin = end;
    end += byteCount(tensor);
    const { dtype, shape } = tensor;
    return [key, { dtype: SAFETENSORS_NAMES[dtype], shape, data_offsets: [begin, end] }] as const;
  });
  // transformers opens only files that say which library's tensors they are.
  const json = Buffer.from(
    JSON.stringify(Object.fromEntries([["__metadata__", { format: "pt", ...metadata }], ...entries])),
  );
  const header = Buffer.alloc(8 + Math.ceil(json.length / ALIGNMENT) * ALIGNMENT, " ");
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  return { header, inOrder };
}

async function* readChunks({ file, offset, length }: TensorLocation): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; done += CHUNK_BYTES) {
    yield await withFile(file, (handle) => readBytes(handle, offset + done, Math.min(CHUNK_BYTES, length - done)));
  }
}
