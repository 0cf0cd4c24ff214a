/** Tells one part's weights from another's without reading them whole. */
import { createHash } from "node:crypto";
import { storedContent } from "./safetensors/safetensors-writer.js";
import type { TensorLocation, TensorSource } from "./tensor-location.js";
import { CheckpointError, reasonOf } from "../errors.js";

/** Of each tensor, this much takes part: reading whole checkpoints at every start would take minutes. */
const SAMPLE_BYTES = 1024;

/** Of names, shapes and the beginning of every tensor, after `prefix`: what else a result depends on. Throws `CheckpointError`. */
export async function sourceHash(source: TensorSource, prefix: readonly unknown[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(prefix));
  try {
    for (const [key, location] of source.tensors) {
      hash.update(JSON.stringify([key, location.dtype, location.shape]));
      for await (const piece of storedContent(sampleOf(location)).chunks()) {
        hash.update(piece);
      }
    }
  } catch (error) {
    throw new CheckpointError(`${source.name} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  return hash.digest("hex").slice(0, 32);
}

function sampleOf(location: TensorLocation): TensorLocation {
  return { ...location, length: Math.min(location.length, SAMPLE_BYTES) };
}
