/**
 * Opens a safetensors file: 8 bytes of header length, the JSON header, then the tensors' bytes, which are never read here.
 * Reference: the format section of the safetensors README.
 */
import { resolve } from "node:path";
import { CheckpointError } from "../../errors.js";
import { foreignContent, HEAD_BYTES } from "../../files/foreign-content.js";
import { FileProblem, readBytes, withFile } from "../../files/local-file.js";
import { quoted } from "../../text/quote.js";
import { isSchemeName, SCHEME_METADATA, type SchemeName, SCHEMES } from "../quantized/quantization-scheme.js";
import { HeaderProblem, parseSafetensorsHeader, type SafetensorsHeader } from "./safetensors-header.js";
import type { TensorSource } from "../tensor-location.js";

/** Bytes before the header, which state its length. */
export const LENGTH_BYTES = 8;
/** The limit of the reference implementation; the header of a billion-parameter network is a few hundred kilobytes. */
const MAX_HEADER_BYTES = 100_000_000;

export interface SafetensorsFile extends TensorSource, SafetensorsHeader {}

/** Reads the header of `file`. `name` stands for the file in messages. Throws `CheckpointError`. */
export async function readSafetensorsHeader(file: string, name = file): Promise<SafetensorsFile> {
  try {
    const header = await readHeader(resolve(file));
    return { name, ...header, scheme: schemeOf(header, name) };
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new CheckpointError(`${name} ${error.message}`, { cause: error });
    }
    if (error instanceof HeaderProblem) {
      throw new CheckpointError(`${name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function schemeOf({ metadata }: SafetensorsHeader, name: string): SchemeName | undefined {
  const scheme = metadata.get(SCHEME_METADATA);
  if (scheme !== undefined && !isSchemeName(scheme)) {
    const known = Object.keys(SCHEMES).join(" ");
    throw new CheckpointError(`${name}: ${SCHEME_METADATA} is ${quoted(scheme)}, expected one of ${known}`);
  }
  return scheme;
}

async function readHeader(file: string): Promise<SafetensorsHeader> {
  return withFile(file, async (handle, size) => {
    const head = await readBytes(handle, 0, Math.min(size, HEAD_BYTES));
    const foreign = foreignContent(head, size);
    if (foreign !== undefined) {
      throw new FileProblem(foreign);
    }
    if (size < LENGTH_BYTES) {
      throw new FileProblem(`has ${size} bytes, expected a safetensors file of ${LENGTH_BYTES} or more`);
    }
    const start = dataStart(await readBytes(handle, 0, LENGTH_BYTES), size);
    const header = await readBytes(handle, LENGTH_BYTES, start - LENGTH_BYTES);
    return parseSafetensorsHeader(header, { file, start, length: size - start });
  });
}

/** Where the tensors begin in a file of `size` bytes that begins with `prefix`. Throws `HeaderProblem`. */
export function dataStart(prefix: Uint8Array, size: number): number {
  const stated = new DataView(prefix.buffer, prefix.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (stated > BigInt(MAX_HEADER_BYTES)) {
    throw new HeaderProblem(`the header states ${String(stated)} bytes, expected at most ${MAX_HEADER_BYTES}`);
  }
  const headerLength = Number(stated);
  if (LENGTH_BYTES + headerLength > size) {
    throw new HeaderProblem(
      `the header states ${headerLength} bytes, expected at most ${size - LENGTH_BYTES} in this file`,
    );
  }
  return LENGTH_BYTES + headerLength;
}
