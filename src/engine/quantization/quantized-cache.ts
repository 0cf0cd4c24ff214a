/**
 * Where weights that were rounded on this machine are kept. An entry is known by what went into it, so a changed checkpoint, or
 * a changed way of rounding, makes another entry; an entry that was broken off is taken up again.
 */
import { join } from "node:path";
import { resumeSafetensors } from "../../checkpoint/safetensors/safetensors-writer.js";
import type { TensorSource } from "../../checkpoint/tensor-location.js";
import { CheckpointError, KandinskyError, reasonOf } from "../../errors.js";
import type { WeightContent } from "./quantization.js";
import { sourceHash } from "../../checkpoint/source-hash.js";

/** To be raised with every change to what quantizedContent or quantizableWeights give. */
const VERSION = 1;

/** The file for `source` rounded as `metadata` says. */
export async function cachedFile(
  folder: string,
  source: TensorSource,
  metadata: NonNullable<WeightContent["metadata"]>,
): Promise<string> {
  return join(folder, "quantized", `${await sourceHash(source, [VERSION, metadata])}.safetensors`);
}

/** Writes an entry, going on where it was broken off. Throws `CheckpointError` when the disk refuses. */
export async function writeCached(
  file: string,
  { tensors, metadata }: WeightContent,
  onBytes: (bytes: number) => void,
): Promise<void> {
  try {
    await resumeSafetensors(file, tensors, { metadata, onBytes });
  } catch (error) {
    if (error instanceof KandinskyError) {
      throw error;
    }
    throw new CheckpointError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}
