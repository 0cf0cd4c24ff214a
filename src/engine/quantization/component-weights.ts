/**
 * The weights of a model's parts in the wanted types: as they are stored where they fit, and else rounded once, into the cache.
 * A part is rounded when it is first needed, since a prompt from the cache needs no encoder and a base picture no inpainting U-Net.
 */
import { existsSync } from "node:fs";
import { readSafetensorsHeader } from "../../checkpoint/safetensors/safetensors.js";
import { byteCount } from "../../checkpoint/safetensors/safetensors-writer.js";
import type { TensorSource } from "../../checkpoint/tensor-location.js";
import { AbortedError } from "../../errors.js";
import { cacheFolder } from "../../files/cache-folder.js";
import { cachedFile, writeCached } from "./quantized-cache.js";
import { throwIfAborted } from "../execution/inference-processes.js";
import type { IntegerKernels } from "../../graph/quantized/lower.js";
import { FULL_PRECISION, type PartDtype, type PrecisionPart } from "../../components/precision.js";
import type { RoundablePart } from "./quantized-component.js";
import { kernelsHere, roundingFor } from "./quantization.js";

/** Told while weights are rounded, in bytes of the file that is written. */
export interface QuantizationProgress {
  readonly part: PrecisionPart;
  readonly dtype: PartDtype;
  readonly written: number;
  readonly total: number;
}

type OnProgress = (progress: QuantizationProgress) => void;

export class PartWeights {
  /** By the stored source and the type. */
  readonly #opened = new Map<TensorSource, Map<PartDtype, Promise<TensorSource>>>();
  #kernels: Promise<IntegerKernels> | undefined;

  constructor(private readonly onProgress?: OnProgress) {}

  /**
   * The part with weights in `dtype`, or as they are stored where that is fewer bits. Throws `UsageError` when this machine has no kernel for them,
   * `CheckpointError` when rounding fails, `AbortedError` after the signal; what was rounded by then is kept.
   */
  async ready<Part extends RoundablePart>(subject: Part, dtype: PartDtype, signal?: AbortSignal): Promise<Part> {
    const { source } = subject;
    if (dtype === "fp32" || source.scheme !== undefined) {
      return subject;
    }
    const known = this.#opened.get(source) ?? new Map<PartDtype, Promise<TensorSource>>();
    this.#opened.set(source, known);
    for (;;) {
      const opened = known.get(dtype) ?? this.#round(subject, dtype, signal);
      known.set(dtype, opened);
      try {
        return { ...subject, source: await opened };
      } catch (error) {
        known.delete(dtype);
        // Another call began this and gave up; its signal is not ours.
        if (!(error instanceof AbortedError) || signal?.aborted === true) {
          throw error;
        }
      }
    }
  }

  async #round(subject: RoundablePart, dtype: PartDtype, signal: AbortSignal | undefined): Promise<TensorSource> {
    this.#kernels ??= kernelsHere();
    const precision = { ...FULL_PRECISION, [subject.part]: dtype };
    const content = roundingFor(precision, await this.#kernels)(subject);
    if (content.metadata === undefined) {
      return subject.source;
    }
    const file = await cachedFile(cacheFolder(), subject.source, content.metadata);
    if (!existsSync(file)) {
      const total = [...content.tensors.values()].reduce((sum, tensor) => sum + byteCount(tensor), 0);
      let written = 0;
      await writeCached(file, content, (bytes) => {
        throwIfAborted(signal);
        written += bytes;
        this.onProgress?.({ part: subject.part, dtype, written, total });
      });
    }
    return readSafetensorsHeader(file);
  }
}
