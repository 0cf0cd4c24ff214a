/**
 * Embedded prompts on disk: a text that was embedded before needs no encoder. An entry is known by the encoder, the type that it
 * computes in, and the token ids of all texts that are embedded together, since their numbers depend on each other in the last bits.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, reasonOf } from "../../errors.js";
import { readFloats } from "../../checkpoint/read-floats.js";
import { readSafetensorsHeader } from "../../checkpoint/safetensors/safetensors.js";
import { type TensorContent, writeSafetensors } from "../../checkpoint/safetensors/safetensors-writer.js";
import { makeFolders } from "../../files/make-folders.js";
import { placeWhole } from "../../files/shared/place-whole.js";
import { sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";

/** To be raised with every change to what the encoder's network gives. */
const VERSION = 1;
/** The entries that were not used for longest go first once all together are larger: some two thousand prompts of the released model. */
const MAX_BYTES = 1024 ** 3;
const ENDING = ".safetensors";
const CHECKSUM = "kandinsky3_checksum";

export class PromptCache {
  /** @param width of the encoder's states */
  constructor(
    private readonly folder: string,
    private readonly encoder: string,
    private readonly width: number,
    private readonly onNote: (message: string) => void = () => undefined,
  ) {}

  /** States `[tokens, width]` of each row of token ids, or `undefined` when they are not there whole. */
  async read(rows: readonly Int32Array[]): Promise<readonly Tensor[] | undefined> {
    const file = this.#file(rows);
    try {
      const { tensors, metadata } = await readSafetensorsHeader(file);
      const states: Tensor[] = [];
      for (const [index, row] of rows.entries()) {
        const location = tensors.get(`states.${index}`);
        if (location?.dtype !== "float32" || !sameShape(location.shape, [row.length, this.width])) {
          throw new CheckpointError("other tensors than those of its texts");
        }
        states.push(await readFloats(location));
      }
      if (metadata.get(CHECKSUM) !== checksum(states)) {
        throw new CheckpointError("numbers that its checksum does not fit");
      }
      const now = new Date();
      await utimes(file, now, now).catch(() => undefined); // The system may not let us; then it goes sooner.
      return states;
    } catch {
      if (existsSync(file)) {
        this.onNote(`the embedded prompt in ${file} is damaged and is made again`);
      }
      return undefined;
    }
  }

  /** Keeps the states. A disk that refuses costs the next run some time, and this one a note. */
  async write(rows: readonly Int32Array[], states: readonly Tensor[]): Promise<void> {
    const file = this.#file(rows);
    try {
      await makeFolders(this.folder);
      const tensors = new Map(states.map((state, index) => [`states.${index}`, contentOf(state)]));
      await placeWhole(file, (temporary) =>
        writeSafetensors(temporary, tensors, { metadata: { [CHECKSUM]: checksum(states) } }),
      );
      await this.#prune();
    } catch (thrown) {
      this.onNote(`the embedded prompt cannot be kept in ${this.folder}: ${reasonOf(thrown)}`);
    }
  }

  #file(rows: readonly Int32Array[]): string {
    const key = JSON.stringify([VERSION, this.encoder, rows.map((row) => [...row])]);
    return join(this.folder, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}${ENDING}`);
  }

  async #prune(): Promise<void> {
    // The folder holds another one, for encoders, and what other processes are writing.
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(ENDING));
    const entries = await Promise.all(
      names.map(async (name) => {
        const file = join(this.folder, name);
        const { size, mtimeMs } = await stat(file);
        return { file, size, mtimeMs };
      }),
    );
    let left = entries.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size } of entries.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (left <= MAX_BYTES) {
        return;
      }
      await rm(file, { force: true });
      left -= size;
    }
  }
}

function contentOf({ shape, data }: Tensor): TensorContent {
  const bytes = bytesOf(data);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(bytes);
  };
  return { dtype: "float32", shape, chunks };
}

function checksum(states: readonly Tensor[]): string {
  const hash = createHash("sha256");
  states.forEach(({ data }) => hash.update(bytesOf(data)));
  return hash.digest("hex");
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
