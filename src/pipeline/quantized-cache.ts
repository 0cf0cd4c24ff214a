/**
 * Where weights that were rounded on this machine are kept. An entry is known by what went into it, so a changed checkpoint, or
 * a changed way of rounding, makes another entry; an entry that was broken off is taken up again.
 */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SchemeName } from "../checkpoint/quantization-scheme.js";
import { readPieces } from "../checkpoint/read-tensor.js";
import type { TensorSource } from "../checkpoint/tensor-location.js";

/** To be raised with every change to what quantizeSource writes. */
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

/** The file for `source` rounded by `scheme`; names, shapes and the beginning of every tensor are its key. */
export async function cachedFile(folder: string, source: TensorSource, scheme: SchemeName): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([VERSION, scheme]));
  for (const [key, location] of source.tensors) {
    hash.update(JSON.stringify([key, location.dtype, location.shape]));
    for await (const piece of readPieces({ ...location, length: Math.min(location.length, SAMPLE_BYTES) })) {
      hash.update(piece);
    }
  }
  return join(folder, "quantized", `${hash.digest("hex").slice(0, 32)}.safetensors`);
}
