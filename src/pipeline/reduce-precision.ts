/**
 * A model's parts with their weights in the wanted types: as they are stored where they fit, and else rounded once, into the
 * cache.
 */
import { existsSync } from "node:fs";
import { readSafetensorsHeader } from "../checkpoint/safetensors.js";
import { byteCount } from "../checkpoint/safetensors-writer.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { throwIfAborted } from "./engine-pool.js";
import type { UNetPart } from "../checkpoint/model-part.js";
import type { ModelParts } from "./model-parts.js";
import type { PartDtype, Precision, PrecisionPart } from "./precision.js";
import { cachedFile, cacheFolder, writeCached } from "./quantized-cache.js";
import type { RoundablePart } from "./quantized-part.js";
import { type Rounding, roundingHere } from "./rounding.js";
import type { UNetModel } from "./unet-model.js";

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
  const sourceOf = (subject: RoundablePart): Promise<TensorSource> =>
    sourceIn(subject, precision[subject.part], rounding, options);
  const { textEncoder, movq } = parts;
  const text = await sourceOf({ part: "text_encoder", ...textEncoder });
  const unets = new Map<UNetPart, UNetModel>();
  for (const [name, unet] of parts.unets) {
    unets.set(name, { ...unet, source: await sourceOf({ part: "unet", ...unet }) });
  }
  return {
    ...parts,
    textEncoder: { ...textEncoder, source: text },
    unets,
    movq: { ...movq, source: await sourceOf({ part: "movq", ...movq }) },
  };
}

async function sourceIn(
  subject: RoundablePart,
  dtype: PartDtype,
  rounding: Rounding,
  { onProgress, signal }: ReduceOptions,
): Promise<TensorSource> {
  const { part, source } = subject;
  const content = rounding(subject);
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
