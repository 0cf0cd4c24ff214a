/**
 * A checkpoint as `torch.save` has written it since PyTorch 1.6: a zip archive with one folder, in it `data.pkl`, and the bytes
 * of each storage under `data/`, stored as they are. Reference: torch/serialization.py (_save, _load).
 */
import { inflateRawSync } from "node:zlib";
import { itemSize } from "../../tensor/dtype.js";
import { quoted } from "../../text/quote.js";
import type { ByteSource } from "./byte-source.js";
import { type StoragePlace, type TorchContent, TorchProblem, type TorchStorage } from "./torch-value.js";
import { unpickle } from "./unpickler.js";
import { dataOffset, readZipDirectory, type ZipEntry } from "./zip-directory.js";

const PICKLE = "/data.pkl";
/** The pickle of the largest network has a quarter of a megabyte. */
const LARGEST_PICKLE = 16 * 1024 * 1024;
const LARGEST_NOTE = 64;

export async function readZipContainer(source: ByteSource): Promise<TorchContent> {
  const entries = await readZipDirectory(source);
  const pickles = [...entries.keys()].filter(
    (name) => name.endsWith(PICKLE) && name.indexOf("/") === name.length - PICKLE.length,
  );
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw new TorchProblem(
      `is a zip archive with ${pickles.length} files data.pkl, expected one, as torch.save writes it`,
    );
  }
  const folder = pickle.slice(0, -PICKLE.length);
  await requireLittleEndian(source, entries.get(`${folder}/byteorder`));
  const { value, storages } = unpickle(await contentOf(source, entries.get(pickle), LARGEST_PICKLE));
  const places = new Map<string, StoragePlace>();
  for (const storage of storages.values()) {
    places.set(storage.key, await placeOf(source, entries.get(`${folder}/data/${storage.key}`), storage));
  }
  return { root: value, places };
}

async function placeOf(source: ByteSource, entry: ZipEntry | undefined, storage: TorchStorage): Promise<StoragePlace> {
  const length = storage.elements * itemSize(storage.dtype);
  if (entry === undefined || entry.size < length) {
    const got = entry === undefined ? "is missing" : `has ${entry.size} bytes`;
    throw new TorchProblem(
      `the record "data/" of storage ${quoted(storage.key)} ${got}, expected ${length} bytes for ${storage.elements} x ${storage.dtype}`,
    );
  }
  const offset = await dataOffset(source, entry);
  return entry.deflated
    ? { offset, length: entry.size, deflated: { length: entry.storedSize } }
    : { offset, length: entry.size };
}

async function requireLittleEndian(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined) {
    return; // Files from before PyTorch 2.1 do not say; those of other machines could not be read back by any.
  }
  const order = new TextDecoder().decode(await contentOf(source, entry, LARGEST_NOTE));
  if (order !== "little") {
    throw new TorchProblem(`has byte order ${quoted(order)}, expected "little"`);
  }
}

/** The content of a small entry. */
async function contentOf(source: ByteSource, entry: ZipEntry | undefined, limit: number): Promise<Uint8Array> {
  if (entry === undefined || entry.size > limit || entry.storedSize > limit) {
    throw new TorchProblem(
      `${quoted(entry?.name ?? PICKLE)} has ${Math.max(entry?.size ?? 0, entry?.storedSize ?? 0)} bytes, expected at most ${limit}`,
    );
  }
  const bytes = await source.read(await dataOffset(source, entry), entry.storedSize);
  return entry.deflated ? inflated(bytes, entry) : bytes;
}

function inflated(bytes: Uint8Array, { name, size }: ZipEntry): Uint8Array {
  let content: Uint8Array;
  try {
    content = inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw new TorchProblem(`${quoted(name)} cannot be unpacked`, { cause: error });
  }
  if (content.length !== size) {
    throw new TorchProblem(`${quoted(name)} unpacks to ${content.length} bytes, expected ${size}`);
  }
  return content;
}
