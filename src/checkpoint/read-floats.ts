/** The values of a small stored tensor. Weights never come this way: the engine maps them where they are. */
import { open } from "node:fs/promises";
import { CheckpointError, reasonOf } from "../errors.js";
import { itemSize, type DType } from "../tensor/dtype.js";
import { decodeBfloat16, decodeFloat16 } from "../tensor/float16.js";
import { shapeSize } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import type { TensorLocation } from "./tensor-location.js";

/** How one element is read; little-endian, as all checkpoint files are. */
const READERS: Readonly<Partial<Record<DType, (view: DataView, offset: number) => number>>> = {
  float64: (view, offset) => view.getFloat64(offset, true),
  float32: (view, offset) => view.getFloat32(offset, true),
  float16: (view, offset) => decodeFloat16(view.getUint16(offset, true)),
  bfloat16: (view, offset) => decodeBfloat16(view.getUint16(offset, true)),
};

/** Reads a floating-point tensor as float32. Throws `CheckpointError`. */
export async function readFloats(location: TensorLocation): Promise<Tensor> {
  const { file, dtype, shape } = location;
  const read = READERS[dtype];
  if (read === undefined) {
    throw new CheckpointError(`${file} holds a tensor of ${dtype}, expected floating-point numbers`);
  }
  const view = await readBytes(location);
  const size = itemSize(dtype);
  return tensor(
    shape,
    Float32Array.from({ length: shapeSize(shape) }, (_, index) => read(view, index * size)),
  );
}

async function readBytes({ file, offset, length }: TensorLocation): Promise<DataView> {
  const buffer = new Uint8Array(length);
  try {
    await using handle = await open(file);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    if (bytesRead < length) {
      throw new CheckpointError(`${file} ends at byte ${offset + bytesRead}, expected ${offset + length}`);
    }
  } catch (error) {
    if (error instanceof CheckpointError) {
      throw error;
    }
    throw new CheckpointError(`${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  return new DataView(buffer.buffer);
}
