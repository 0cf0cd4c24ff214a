/**
 * A checkpoint as `torch.save` wrote it before PyTorch 1.6, and still can: five pickles in a row (magic number, version, notes on
 * the machine, the object, the keys of its storages), then for each key the number of its elements and their bytes.
 * Reference: torch/serialization.py (_legacy_save, _legacy_load).
 */
import { itemSize } from "../../tensor/dtype.js";
import { quoted } from "../../text/quote.js";
import { type ByteSource, requireRange } from "./byte-source.js";
import { PickleEnds } from "./pickle-reader.js";
import {
  asArray,
  asMap,
  describeKind,
  type StoragePlace,
  type TorchContent,
  TorchProblem,
  type TorchStorage,
  type TorchValue,
} from "./torch-value.js";
import { unpickle } from "./unpickler.js";

const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
const COUNT_BYTES = 8;
/** Where the pickles end is not known before they are read, so more and more of the file is, up to the last of these. */
const WINDOWS = [1, 4, 16].map((mebibytes) => mebibytes * 1024 * 1024);

interface Pickles {
  readonly root: TorchValue;
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly keys: readonly TorchValue[];
  readonly end: number;
}

export async function readLegacyContainer(source: ByteSource): Promise<TorchContent> {
  const { root, storages, keys, end } = await readPickles(source);
  const places = new Map<string, StoragePlace>();
  let position = end;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || places.has(storage.key)) {
      const got = typeof key === "string" ? quoted(key) : describeKind(key);
      throw new TorchProblem(`lists ${got} among its storages, expected each storage of its tensors once`);
    }
    const bytes = await source.read(position, COUNT_BYTES);
    const elements = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
    if (elements !== BigInt(storage.elements)) {
      throw new TorchProblem(`storage ${quoted(storage.key)} has ${elements} elements, expected ${storage.elements}`);
    }
    const length = storage.elements * itemSize(storage.dtype);
    const offset = requireRange(source.size, position + COUNT_BYTES, length);
    places.set(storage.key, { offset, length });
    position = offset + length;
  }
  const absent = [...storages.keys()].find((key) => !places.has(key));
  if (absent !== undefined) {
    throw new TorchProblem(`holds no bytes for storage ${quoted(absent)} of its tensors`);
  }
  return { root, places };
}

async function readPickles(source: ByteSource): Promise<Pickles> {
  for (const window of WINDOWS) {
    const bytes = await source.read(0, Math.min(window, source.size));
    try {
      return parsePickles(bytes);
    } catch (error) {
      if (!(error instanceof PickleEnds) || bytes.length === source.size) {
        throw error;
      }
    }
  }
  throw new TorchProblem(`its pickles have more than ${WINDOWS.at(-1) ?? 0} bytes`);
}

function parsePickles(bytes: Uint8Array): Pickles {
  const magic = unpickle(bytes);
  if (magic.value !== MAGIC_NUMBER) {
    throw new TorchProblem("is a pickle without the magic number of PyTorch");
  }
  const version = unpickle(bytes, magic.end);
  if (version.value !== VERSION) {
    throw new TorchProblem(`is of version ${describeVersion(version.value)}, expected ${VERSION}`);
  }
  const machine = unpickle(bytes, version.end);
  if (asMap(machine.value)?.get("little_endian") !== true) {
    throw new TorchProblem("was not written on a little-endian machine, expected one");
  }
  const content = unpickle(bytes, machine.end);
  const listed = unpickle(bytes, content.end);
  const keys = asArray(listed.value);
  if (keys === undefined) {
    throw new TorchProblem(`its list of storages is ${describeKind(listed.value)}, expected a list`);
  }
  return { root: content.value, storages: content.storages, keys, end: listed.end };
}

function describeVersion(version: TorchValue): string {
  return typeof version === "number" ? String(version) : describeKind(version);
}
