/**
 * The two hashes by which the Hub names contents: SHA-256 for large files, git's own SHA-1 of a blob for small ones. Reference:
 * huggingface_hub, utils/sha.py; git's object format is in gitformat-loose(5).
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

const SHA256_DIGITS = 64;
const SHA1_DIGITS = 40;
/** Read at a time; the engine's hash functions are fastest from about here. */
const READ_BYTES = 1 << 20;

/** True for a name that one of the two hashes makes. */
export function isBlobHash(name: string): boolean {
  return /^[0-9a-f]+$/.test(name) && (name.length === SHA256_DIGITS || name.length === SHA1_DIGITS);
}

/** Starts the hash by which `name` was made. git's covers the length, which must be known before the first byte. */
export function startHash(name: string, size: number): Hash {
  return name.length === SHA256_DIGITS
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${String(size)}\0`, "latin1");
}

/** Hashes the bytes of `file` up to `end` into `hash`; tells how many after every piece. */
export async function hashFile(
  hash: Hash,
  file: string,
  end: number,
  options: { readonly signal?: AbortSignal | undefined; readonly onBytes?: (bytes: number) => void } = {},
): Promise<void> {
  if (end === 0) {
    return;
  }
  const { signal, onBytes } = options;
  const stream = createReadStream(file, {
    end: end - 1,
    highWaterMark: READ_BYTES,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    onBytes?.(chunk.length);
  }
}
