/**
 * The weights of a model's parts in the wanted types: as they are stored where they fit, and else rounded once, into the cache.
 * A part is rounded when it is first needed, since a prompt from the cache needs no encoder and a base picture no inpainting U-Net.
 */
import { readSafetensorsHeader } from "../../checkpoint/safetensors/safetensors.js";
import { byteCount } from "../../checkpoint/safetensors/safetensors-writer.js";
import type { TensorSource } from "../../checkpoint/tensor-location.js";
import { AbortedError } from "../../errors.js";
import { cacheFolder } from "../../files/cache-folder.js";
import { FilesInUse } from "../../files/shared/files-in-use.js";
import { keptFile } from "../../files/shared/kept-file.js";
import { cachedFile, writeCached } from "./quantized-cache.js";
import { throwIfAborted } from "../execution/abort.js";
import type { IntegerKernels } from "../../graph/quantized/lower.js";
import { FULL_PRECISION } from "../../components/precision.js";
import { quantizationFor } from "./quantization.js";
import type { NetworkDtype, NetworkKind, OpenedNetwork } from "../../components/network.js";
import { integerKernelsHere } from "../devices/known-kernels.js";

/** Told while weights are rounded, in bytes of the file that is written. */
export interface QuantizationProgress {
  readonly component: NetworkKind;
  readonly dtype: NetworkDtype;
  readonly written: number;
  readonly total: number;
}

type OnProgress = (progress: QuantizationProgress) => void;

export class ComponentWeights {
  /** By the stored source and the type. */
  readonly #opened = new Map<TensorSource, Map<NetworkDtype, Promise<TensorSource>>>();
  #kernels: Promise<IntegerKernels> | undefined;

  /** @param files are told of those that rounded weights are read from */
  constructor(
    private readonly onProgress?: OnProgress,
    private readonly onNote: (message: string) => void = () => undefined,
    private readonly files = new FilesInUse(),
  ) {}

  /**
   * The part with weights in `dtype`, or as they are stored where that is fewer bits. Throws `UsageError` when this machine has no kernel for them,
   * `CheckpointError` when rounding fails, `AbortedError` after the signal; what was rounded by then is kept.
   */
  async ready<Opened extends OpenedNetwork>(
    opened: Opened,
    dtype: NetworkDtype,
    signal?: AbortSignal,
  ): Promise<Opened> {
    const { source } = opened;
    if (dtype === "fp32" || source.scheme !== undefined) {
      return opened;
    }
    const known = this.#opened.get(source) ?? new Map<NetworkDtype, Promise<TensorSource>>();
    this.#opened.set(source, known);
    for (;;) {
      const quantized = known.get(dtype) ?? this.#round(opened, dtype, signal);
      known.set(dtype, quantized);
      try {
        return { ...opened, source: await quantized };
      } catch (error) {
        known.delete(dtype);
        // Another call began this and gave up; its signal is not ours.
        if (!(error instanceof AbortedError) || signal?.aborted === true) {
          throw error;
        }
      }
    }
  }

  async #round(opened: OpenedNetwork, dtype: NetworkDtype, signal: AbortSignal | undefined): Promise<TensorSource> {
    this.#kernels ??= integerKernelsHere(this.onNote);
    const precision = { ...FULL_PRECISION, [opened.network.kind]: dtype };
    const content = quantizationFor(precision, await this.#kernels)(opened);
    if (content.metadata === undefined) {
      return opened.source;
    }
    const total = [...content.tensors.values()].reduce((sum, tensor) => sum + byteCount(tensor), 0);
    const make = (place: string): Promise<void> => {
      let written = 0;
      return writeCached(place, content, (bytes) => {
        throwIfAborted(signal);
        written += bytes;
        this.onProgress?.({ component: opened.network.kind, dtype, written, total });
      });
    };
    const entry = await cachedFile(cacheFolder(), opened.source, content.metadata);
    const file = await keptFile(entry, { make, onNote: this.onNote, signal });
    await this.files.add([file]);
    return readSafetensorsHeader(file);
  }
}
