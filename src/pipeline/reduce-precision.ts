/**
 * A model's parts with their weights in the wanted types: as they are stored where they fit, and else rounded once, into the
 * cache.
 */
import { existsSync } from "node:fs";
import { readSafetensorsHeader } from "../checkpoint/safetensors.js";
import { byteCount } from "../checkpoint/safetensors-writer.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { throwIfAborted } from "./engine-pool.js";
import type { ModelParts } from "./model-parts.js";
import { type PartDtype, type Precision, PRECISION_PARTS, type PrecisionPart } from "./precision.js";
import { cachedFile, cacheFolder, writeCached } from "./quantized-cache.js";
import { type Rounding, roundingHere, sourceOf } from "./rounding.js";

/** Told while weights are rounded, in bytes of the file that is written. */
export interface QuantizationProgress {
  readonly part: PrecisionPart;
  readonly dtype: PartDtype;
  readonly written: number;
  readonly total: number;
}

export interface ReduceOptions {
  readonly onProgress?: ((progress: QuantizationProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Throws `UsageError` for a part that is stored in other bits already, `CheckpointError` when rounding fails, `AbortedError`
 * after the signal; what was rounded by then is kept.
 */
export async function reducePrecision(
  parts: ModelParts,
  precision: Precision,
  options: ReduceOptions = {},
): Promise<ModelParts> {
  const rounding = await roundingHere(precision);
  const sources = new Map<PrecisionPart, TensorSource>();
  for (const part of PRECISION_PARTS) {
    sources.set(part, await sourceIn(parts, part, precision[part], rounding, options));
  }
  return {
    ...parts,
    textEncoder: { ...parts.textEncoder, source: sources.get("text_encoder") ?? parts.textEncoder.source },
    unet: { ...parts.unet, source: sources.get("unet") ?? parts.unet.source },
    movq: { ...parts.movq, source: sources.get("movq") ?? parts.movq.source },
  };
}

async function sourceIn(
  parts: ModelParts,
  part: PrecisionPart,
  dtype: PartDtype,
  rounding: Rounding,
  { onProgress, signal }: ReduceOptions,
): Promise<TensorSource> {
  const source = sourceOf(parts, part);
  const content = rounding(part, parts);
  if (source.scheme !== undefined || content.metadata === undefined) {
    return source;
  }
  const file = await cachedFile(cacheFolder(), source, content.metadata);
  if (!existsSync(file)) {
    const total = [...content.tensors.values()].reduce((sum, tensor) => sum + byteCount(tensor), 0);
    let written = 0;
    await writeCached(file, content, (bytes) => {
      throwIfAborted(signal);
      written += bytes;
      onProgress?.({ part, dtype, written, total });
    });
  }
  return readSafetensorsHeader(file);
}
