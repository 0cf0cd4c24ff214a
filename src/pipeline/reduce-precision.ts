/**
 * A model's parts with their weights in the wanted types: as they are stored where they fit, and else rounded once into the
 * cache.
 */
import { existsSync } from "node:fs";
import { readSafetensorsHeader } from "../checkpoint/safetensors.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { UsageError } from "../errors.js";
import type { IntegerKernels } from "../graph/quantized/lower.js";
import { InferenceProcess, type InferenceOptions } from "../runtime/inference-process.js";
import { probeIntegerKernels } from "./integer-probe.js";
import type { ModelParts } from "./model-parts.js";
import { type PartDtype, type Precision, PRECISION_PARTS, type PrecisionPart } from "./precision.js";
import { quantizeSource } from "./quantize-source.js";
import { cachedFile, cacheFolder } from "./quantized-cache.js";
import { dtypeOf, schemeOf, weightsToRound } from "./quantized-part.js";

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

/** Throws `UsageError` for a part that is stored in other bits already, `CheckpointError` when rounding fails. */
export async function reducePrecision(
  parts: ModelParts,
  precision: Precision,
  options: ReduceOptions = {},
): Promise<ModelParts> {
  const sources = new Map<PrecisionPart, TensorSource>();
  let kernels: IntegerKernels | undefined;
  for (const part of PRECISION_PARTS) {
    const source = sourceOf(parts, part);
    const wanted = precision[part];
    const stored = dtypeOf(source.scheme);
    if (stored !== "fp32" && stored !== wanted) {
      throw new UsageError(
        `dtype: ${source.name} holds ${stored} weights, expected the same for ${part}, got ${wanted}`,
      );
    }
    if (stored === "fp32" && wanted !== "fp32") {
      kernels ??= await kernelsHere();
      sources.set(part, await roundedSource(parts, part, wanted, kernels, options));
    }
  }
  return {
    ...parts,
    textEncoder: { ...parts.textEncoder, source: sources.get("text_encoder") ?? parts.textEncoder.source },
    unet: { ...parts.unet, source: sources.get("unet") ?? parts.unet.source },
    movq: { ...parts.movq, source: sources.get("movq") ?? parts.movq.source },
  };
}

/** What the integer kernels of this machine can do. */
export async function kernelsHere(options: InferenceOptions = {}): Promise<IntegerKernels> {
  await using engine = InferenceProcess.start(options);
  return await probeIntegerKernels(engine);
}

export function sourceOf(parts: ModelParts, part: PrecisionPart): TensorSource {
  switch (part) {
    case "text_encoder":
      return parts.textEncoder.source;
    case "unet":
      return parts.unet.source;
    case "movq":
      return parts.movq.source;
  }
}

async function roundedSource(
  parts: ModelParts,
  part: PrecisionPart,
  dtype: Exclude<PartDtype, "fp32">,
  kernels: IntegerKernels,
  { onProgress, signal }: ReduceOptions,
): Promise<TensorSource> {
  const source = sourceOf(parts, part);
  const scheme = schemeOf(part, dtype, kernels);
  const file = await cachedFile(cacheFolder(), source, scheme);
  if (!existsSync(file)) {
    await quantizeSource(file, source, weightsToRound(parts, part, scheme), {
      scheme,
      signal,
      onProgress: (written, total) => onProgress?.({ part, dtype, written, total }),
    });
  }
  return readSafetensorsHeader(file);
}
