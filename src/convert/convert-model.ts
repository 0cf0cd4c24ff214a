/**
 * Writes a model as a diffusers folder with safetensors: the original release under diffusers' names, or a folder of shards and
 * PyTorch files as whole ones. Tensors keep their types, or are quantized.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openModelFolder } from "../loading/model-folder.js";
import { makeFolder } from "../files/new-folder.js";
import { byteCount, writeSafetensors } from "../checkpoint/safetensors/safetensors-writer.js";
import { AbortedError } from "../errors.js";
import { parsePrecision } from "../components/precision.js";
import { quantizationHere } from "../engine/quantization/quantization.js";
import { type Content, planConversion } from "./plan-conversion.js";

/** How a model is converted. */
export interface ConvertOptions {
  /** Which files to read, as `fp16` in `model.fp16.safetensors`. */
  readonly variant?: string | undefined;
  /** What weights are stored in, as of `Kandinsky3.fromPretrained`; they keep their types when it is left out. */
  readonly dtype?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told in a sentence what is read otherwise than it lies in the files. */
  readonly onNote?: ((message: string) => void) | undefined;
  /** Told after every tensor. */
  readonly onProgress?: ((progress: ConvertProgress) => void) | undefined;
}

/** How far a conversion is. */
export interface ConvertProgress {
  /** The file being written, by its path inside the folder. */
  readonly file: string;
  readonly writtenBytes: number;
  readonly totalBytes: number;
}

/** What a conversion wrote. */
export interface ConvertResult {
  /** Paths inside the folder. */
  readonly files: readonly string[];
  /** Bytes of all tensors. */
  readonly tensorBytes: number;
}

/**
 * Converts the model in `path` to the new folder `out`. Throws `CheckpointError` or `ConfigError` when the model does not fit
 * together or `out` cannot be written, `AbortedError` after the signal; then nothing is left behind.
 */
export async function convertModel(path: string, out: string, options: ConvertOptions = {}): Promise<ConvertResult> {
  const precision = options.dtype === undefined ? undefined : parsePrecision(options.dtype);
  const rounding = await quantizationHere(precision, options.onNote);
  const plan = await planConversion(await openModelFolder(path), options.variant, rounding, options.onNote);
  const tensorBytes = [...plan.values()].reduce((sum, content) => sum + tensorBytesOf(content), 0);
  let writtenBytes = 0;
  await makeFolder(out, tensorBytes, async (folder) => {
    for (const [file, content] of plan) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeContent(join(folder, file), content, (bytes) => {
        if (options.signal?.aborted === true) {
          throw new AbortedError(`stopped before ${out} was written`);
        }
        writtenBytes += bytes;
        options.onProgress?.({ file, writtenBytes, totalBytes: tensorBytes });
      });
    }
  });
  return { files: [...plan.keys()], tensorBytes };
}

function tensorBytesOf(content: Content): number {
  return "tensors" in content ? [...content.tensors.values()].reduce((sum, tensor) => sum + byteCount(tensor), 0) : 0;
}

async function writeContent(file: string, content: Content, onBytes: (bytes: number) => void): Promise<void> {
  onBytes(0);
  if ("json" in content) {
    await writeFile(file, `${JSON.stringify(content.json, null, 2)}\n`, { flag: "wx" });
  } else if ("copyOf" in content) {
    await copyFile(content.copyOf, file);
  } else {
    await writeSafetensors(file, content.tensors, { metadata: content.metadata, onBytes });
  }
}
