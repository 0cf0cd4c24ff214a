/**
 * Where weights that were rounded on this machine are kept. An entry is known by what went into it, so a changed checkpoint, or
 * a changed way of rounding, makes another entry; an entry that was broken off is taken up again.
 */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { resumeSafetensors, storedContent } from "../checkpoint/safetensors-writer.js";
import type { TensorLocation, TensorSource } from "../checkpoint/tensor-location.js";
import { CheckpointError, KandinskyError, reasonOf } from "../errors.js";
import type { WeightContent } from "./rounding.js";

/** To be raised with every change to what quantizedContent or quantizableWeights give. */
const VERSION = 1;
/** Of each tensor, this much takes part in the key: reading whole checkpoints at every start would take minutes. */
const SAMPLE_BYTES = 1024;

/** `KANDINSKY3_CACHE`, or the system's folder for what can be made again. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = env["KANDINSKY3_CACHE"];
  if (given !== undefined && given !== "") {
    return given;
  }
  const base = env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "kandinsky3");
}

/** The file for `source` rounded as `metadata` says; names, shapes and the beginning of every tensor are its key. */
export async function cachedFile(
  folder: string,
  source: TensorSource,
  metadata: NonNullable<WeightContent["metadata"]>,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([VERSION, metadata]));
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
  return join(folder, "quantized", `${hash.digest("hex").slice(0, 32)}.safetensors`);
}

/** Writes an entry, going on where it was broken off. Throws `CheckpointError` when the disk refuses. */
export async function writeCached(
  file: string,
  { tensors, metadata }: WeightContent,
  onBytes: (bytes: number) => void,
): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await resumeSafetensors(file, tensors, { metadata, onBytes });
  } catch (error) {
    if (error instanceof KandinskyError) {
      throw error;
    }
    throw new CheckpointError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

function sampleOf(location: TensorLocation): TensorLocation {
  return { ...location, length: Math.min(location.length, SAMPLE_BYTES) };
}
