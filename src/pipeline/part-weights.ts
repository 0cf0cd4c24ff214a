/**
 * The weights of a model's parts in the wanted types: as they are stored where they fit, and else rounded once, into the cache.
 * A part is rounded when it is first needed, since a prompt from the cache needs no encoder and a base picture no inpainting U-Net.
 */
import { existsSync } from "node:fs";
import { readSafetensorsHeader } from "../checkpoint/safetensors.js";
import { byteCount } from "../checkpoint/safetensors-writer.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { AbortedError } from "../errors.js";
import { cacheFolder } from "./cache/cache-folder.js";
import { cachedFile, writeCached } from "./cache/quantized-cache.js";
import { throwIfAborted } from "./engine-pool.js";
import type { PartDtype, Precision, PrecisionPart } from "./precision.js";
import type { RoundablePart } from "./quantized-part.js";
import { type Rounding, roundingHere } from "./rounding.js";

/** Told while weights are rounded, in bytes of the file that is written. */
export interface QuantizationProgress {
  readonly part: PrecisionPart;
  readonly dtype: PartDtype;
  readonly written: number;
  readonly total: number;
}

type OnProgress = (progress: QuantizationProgress) => void;

export class PartWeights {
  readonly #opened = new Map<TensorSource, Promise<TensorSource>>();
  #rounding: Promise<Rounding> | undefined;

  /** @param precision `undefined` for weights as they are stored */
  constructor(
    private readonly precision: Precision | undefined,
    private readonly onProgress?: OnProgress,
  ) {}

  /**
   * The part with the weights that it computes with. Throws `UsageError` when this machine has no kernel for them,
   * `CheckpointError` when rounding fails, `AbortedError` after the signal; what was rounded by then is kept.
   */
  async ready<Part extends RoundablePart>(subject: Part, signal?: AbortSignal): Promise<Part> {
    const { part, source } = subject;
    const dtype = this.precision?.[part] ?? "fp32";
    if (dtype === "fp32" || source.scheme !== undefined) {
      return subject;
    }
    for (;;) {
      const opened = this.#opened.get(source) ?? this.#round(subject, dtype, signal);
      this.#opened.set(source, opened);
      try {
        return { ...subject, source: await opened };
      } catch (error) {
        this.#opened.delete(source);
        // Another call began this and gave up; its signal is not ours.
        if (!(error instanceof AbortedError) || signal?.aborted === true) {
          throw error;
        }
      }
    }
  }

  async #round(subject: RoundablePart, dtype: PartDtype, signal: AbortSignal | undefined): Promise<TensorSource> {
    this.#rounding ??= roundingHere(this.precision);
    const content = (await this.#rounding)(subject);
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
