/**
 * Places of tensors: in the PyTorch file itself wherever their bytes lie there as the tensor reads. What is deflated, or does not
 * follow its storage's order, is copied into a temporary folder that goes with the process; `torch.save` of a model makes neither.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { open, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import { InternalError, reasonOf } from "../../errors.js";
import { itemSize } from "../../tensor/dtype.js";
import { shapeSize } from "../../tensor/shape.js";
import { readBytes, withFile } from "../../files/local-file.js";
import { quoted } from "../../text/quote.js";
import { systemFolder } from "../../files/shared/temporary-folder.js";
import type { TensorLocation } from "../tensor-location.js";
import { gather, isContiguous, spanOf } from "./tensor-layout.js";
import { explain, type TorchFile } from "./torch-file.js";
import { type StoragePlace, TorchProblem, type TorchTensor } from "./torch-value.js";

/** Locations of `tensors`, by the same keys. Throws `CheckpointError`. */
export async function locateTensors(
  torch: TorchFile,
  tensors: ReadonlyMap<string, TorchTensor>,
): Promise<ReadonlyMap<string, TensorLocation>> {
  return explain(torch.name, async () => {
    const locator = new Locator(torch);
    await locator.prepare([...tensors.values()]);
    const locations = new Map<string, TensorLocation>();
    for (const [key, tensor] of tensors) {
      locations.set(key, await locator.locate(tensor));
    }
    return locations;
  });
}

/** Bytes of a storage that are ready to be mapped. */
interface OpenPlace {
  readonly file: string;
  readonly offset: number;
}

class Locator {
  readonly #unpacked = new Map<string, OpenPlace>();
  #folder: string | undefined;
  #files = 0;

  constructor(private readonly torch: TorchFile) {}

  /** Refuses at once what would not fit on the disk. */
  async prepare(tensors: readonly TorchTensor[]): Promise<void> {
    const deflated = new Set(tensors.map(({ storage }) => storage.key).filter((key) => this.#placeOf(key).deflated));
    const unpacked = [...deflated].reduce((sum, key) => sum + this.#placeOf(key).length, 0);
    const gathered = tensors
      .filter((tensor) => !isContiguous(tensor))
      .reduce((sum, { shape, dtype }) => sum + shapeSize(shape) * itemSize(dtype), 0);
    const needed = unpacked + gathered;
    if (needed > 0) {
      const { bavail, bsize } = await statfs(tmpdir());
      if (needed > bavail * bsize) {
        throw new TorchProblem(
          `holds tensors that cannot be mapped in place; copying them takes ${needed} bytes, but ${tmpdir()} has ${bavail * bsize} left`,
        );
      }
    }
  }

  async locate(tensor: TorchTensor): Promise<TensorLocation> {
    const { storage, shape, dtype } = tensor;
    const place = this.#placeOf(storage.key);
    const { file, offset } =
      place.deflated === undefined ? { file: this.torch.file, ...place } : await this.#unpack(storage.key);
    const { start, length } = spanOf(tensor);
    if (isContiguous(tensor)) {
      return { file, offset: offset + start, length, dtype, shape };
    }
    const span = await withFile(file, (handle) => readBytes(handle, offset + start, length));
    const gathered = gather(span, tensor);
    const copy = await this.#write(async (path) => {
      const handle = await open(path, "wx");
      try {
        await handle.writeFile(gathered);
      } finally {
        await handle.close();
      }
    });
    return { file: copy, offset: 0, length: gathered.length, dtype, shape };
  }

  #placeOf(key: string): StoragePlace {
    const place = this.torch.places.get(key);
    if (place === undefined) {
      throw new InternalError(`${this.torch.name} has no place for storage ${quoted(key)}`);
    }
    return place;
  }

  async #unpack(key: string): Promise<OpenPlace> {
    const known = this.#unpacked.get(key);
    if (known !== undefined) {
      return known;
    }
    const { offset, length, deflated } = this.#placeOf(key);
    const file = await this.#write((path) =>
      inflateTo(path, this.torch.file, { offset, length: deflated?.length ?? 0 }, length, key),
    );
    const place = { file, offset: 0 };
    this.#unpacked.set(key, place);
    return place;
  }

  async #write(fill: (path: string) => Promise<void>): Promise<string> {
    this.#folder ??= await systemFolder("tensors");
    const path = join(this.#folder, String(this.#files++));
    try {
      await fill(path);
    } catch (error) {
      if (error instanceof TorchProblem) {
        throw error;
      }
      throw new TorchProblem(`its tensors cannot be copied to ${path}: ${reasonOf(error)}`, { cause: error });
    }
    return path;
  }
}

/** Unpacks a part of `file` to `path`, in little memory; never more than `expected` bytes, whatever it unpacks to. */
async function inflateTo(
  path: string,
  file: string,
  { offset, length }: { readonly offset: number; readonly length: number },
  expected: number,
  key: string,
): Promise<void> {
  let written = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      done(
        written > expected ? new TorchProblem(`storage ${quoted(key)} unpacks to more than ${expected} bytes`) : null,
        chunk,
      );
    },
  });
  const packed = createReadStream(file, { start: offset, end: offset + Math.max(0, length - 1) });
  try {
    await pipeline(packed, createInflateRaw(), counter, createWriteStream(path, { flags: "wx" }));
  } catch (error) {
    if (error instanceof TorchProblem) {
      throw error;
    }
    throw new TorchProblem(`storage ${quoted(key)} cannot be unpacked: ${reasonOf(error)}`, { cause: error });
  }
  if (written !== expected) {
    throw new TorchProblem(`storage ${quoted(key)} unpacks to ${written} bytes, expected ${expected}`);
  }
}
