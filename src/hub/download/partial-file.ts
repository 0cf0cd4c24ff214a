/**
 * A file on its way into the cache: what has come so far, its running hash, and when it is certain to be on the disk. A process
 * may be killed at any byte; the next one reads what is there and goes on.
 */
import type { Hash } from "node:crypto";
import { type FileHandle, mkdir, open, rm, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { dirname } from "node:path";
import { hashFile, startHash } from "../../files/blob-hash.js";
import { codeOf, onDisk } from "../../files/disk.js";
import { toDisk } from "../../files/to-disk.js";

/** Bytes after which the disk is told to keep what it has; after a crash of the machine no more than these are fetched again. */
export const FLUSH_BYTES = 32 * 1024 * 1024;

export class PartialFile {
  #hash: Hash;
  #length: number;
  #unflushed = 0;

  private constructor(
    readonly path: string,
    private readonly name: string,
    private readonly size: number,
    private readonly handle: FileHandle,
    start: { readonly hash: Hash; readonly length: number },
  ) {
    this.#hash = start.hash;
    this.#length = start.length;
  }

  /**
   * Opens what there is of the content whose hash is `name`, and hashes it. Throws `HubError` where it cannot be written,
   * `AbortError` by the signal.
   */
  static async open(
    path: string,
    name: string,
    size: number,
    options: { readonly signal?: AbortSignal | undefined; readonly onChecked?: (bytes: number) => void } = {},
  ): Promise<PartialFile> {
    const { signal, onChecked } = options;
    const handle = await onDisk(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      return openOrCreate(path);
    });
    try {
      const length = await onDisk(path, () => trustedLength(handle, size));
      const hash = startHash(name, size);
      await hashFile(hash, path, length, { signal, ...(onChecked === undefined ? {} : { onBytes: onChecked }) });
      return new PartialFile(path, name, size, handle, { hash, length });
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  get length(): number {
    return this.#length;
  }

  get isWhole(): boolean {
    return this.#length === this.size;
  }

  /** Writes the next bytes. Returns true when they have just been flushed to the disk. */
  async append(bytes: Uint8Array): Promise<boolean> {
    return onDisk(this.path, async () => {
      for (let written = 0; written < bytes.length;) {
        const left = bytes.length - written;
        written += (await this.handle.write(bytes, written, left, this.#length + written)).bytesWritten;
      }
      this.#hash.update(bytes);
      this.#length += bytes.length;
      this.#unflushed += bytes.length;
      if (this.#unflushed < FLUSH_BYTES) {
        return false;
      }
      await toDisk(this.handle);
      this.#unflushed = 0;
      return true;
    });
  }

  /** Whether the whole content is the one that was asked for. */
  matches(): boolean {
    return this.#hash.copy().digest("hex") === this.name;
  }

  /** Throws everything away. */
  async restart(): Promise<void> {
    await onDisk(this.path, () => this.handle.truncate(0));
    this.#hash = startHash(this.name, this.size);
    this.#length = 0;
    this.#unflushed = 0;
  }

  /** Makes sure that all is on the disk. */
  async flush(): Promise<void> {
    await onDisk(this.path, () => toDisk(this.handle));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** Size of a partial file, before it is opened; 0 when there is none. */
export async function partialLength(path: string, size: number): Promise<number> {
  try {
    const { size: length } = await stat(path);
    return length <= size ? length : 0;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") {
      return 0;
    }
    throw thrown;
  }
}

export async function removePartial(path: string): Promise<void> {
  await onDisk(path, () => rm(path, { force: true }));
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (thrown) {
    if (codeOf(thrown) !== "ENOENT") {
      throw thrown;
    }
    return open(path, "wx+");
  }
}

/** What can be built on. A file longer than its content is none; one from before a restart of the machine may end in zeros. */
async function trustedLength(handle: FileHandle, size: number): Promise<number> {
  const found = await handle.stat();
  if (!found.isFile()) {
    return 0;
  }
  const started = Date.now() - uptime() * 1000;
  const certain = found.mtimeMs < started ? Math.max(0, found.size - FLUSH_BYTES) : found.size;
  const length = found.size > size ? 0 : certain;
  if (length < found.size) {
    await handle.truncate(length);
  }
  return length;
}
