/** The file beside a converted U-Net that holds what the original learned for "no prompt". */
import { join } from "node:path";
import { NULL_EMBEDDING_FILE } from "../components/components.js";
import { CheckpointError } from "../errors.js";
import { formatShape } from "../tensor/shape.js";
import { FileProblem, pathKind } from "../files/local-file.js";
import { quoted } from "../text/quote.js";
import { readSafetensorsHeader } from "../checkpoint/safetensors/safetensors.js";
import type { TensorLocation } from "../checkpoint/tensor-location.js";

export const NULL_EMBEDDING_KEY = "null_embedding";

/** Reads it from a U-Net's folder, called `label` in messages; undefined where there is none. Throws `CheckpointError`. */
export async function readNullEmbedding(folder: string, label: string): Promise<TensorLocation | undefined> {
  const file = join(folder, NULL_EMBEDDING_FILE);
  const name = join(label, NULL_EMBEDDING_FILE);
  try {
    if ((await pathKind(file)) === "missing") {
      return undefined;
    }
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new CheckpointError(`${name} ${error.message}`, { cause: error });
    }
    throw error;
  }
  const { tensors } = await readSafetensorsHeader(file, name);
  const embedding = tensors.get(NULL_EMBEDDING_KEY);
  if (embedding === undefined) {
    throw new CheckpointError(`${name} has no tensor ${quoted(NULL_EMBEDDING_KEY)}`);
  }
  return asVector(embedding, name);
}

/** The embedding as `[D]`; it may be stored with a leading axis of 1. Throws `CheckpointError` for other shapes. */
export function asVector(embedding: TensorLocation, name: string): TensorLocation {
  const { shape } = embedding;
  const [width] = shape.slice(-1);
  if (width === undefined || shape.length > 2 || (shape.length === 2 && shape[0] !== 1)) {
    throw new CheckpointError(
      `${name}: ${quoted(NULL_EMBEDDING_KEY)} has shape ${formatShape(shape)}, expected one vector`,
    );
  }
  return { ...embedding, shape: [width] };
}
