/**
 * The directory at the end of a zip archive, with the 64-bit records that files above 4 GiB need. Only the directory and the
 * entries' own headers are read, never their data. Reference: PKWARE's APPNOTE.TXT, sections 4.3 to 4.5.
 */
import { quoted } from "../../text/quote.js";
import { type ByteSource, requireRange } from "./byte-source.js";
import { TorchProblem } from "./torch-value.js";

export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  /** Bytes in the archive. */
  readonly storedSize: number;
  /** Bytes of the content. */
  readonly size: number;
  readonly headerOffset: number;
}

const LOCAL_HEADER = { signature: 0x04034b50, length: 30 };
const CENTRAL_HEADER = { signature: 0x02014b50, length: 46 };
const END_RECORD = { signature: 0x06054b50, length: 22 };
const END_RECORD_64 = { signature: 0x06064b50, length: 56 };
const LOCATOR_64 = { signature: 0x07064b50, length: 20 };
const LONGEST_COMMENT = 0xffff;
/** A checkpoint's directory takes about 100 bytes for each tensor. */
const LARGEST_DIRECTORY = 32 * 1024 * 1024;
/** Kandinsky 3 has some 1,200 tensors. */
const MOST_ENTRIES = 100_000;
const EXTRA_64 = 0x0001;
/** Stands in a 32-bit field for "see the 64-bit one". */
const ELSEWHERE = 0xffff_ffff;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

/** Entries by name. Throws `TorchProblem` when the directory is missing or damaged. */
export async function readZipDirectory(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const { offset, size } = await findDirectory(source);
  if (size > LARGEST_DIRECTORY) {
    throw new TorchProblem(`its zip directory has ${size} bytes, expected at most ${LARGEST_DIRECTORY}`);
  }
  const directory = viewOf(await source.read(offset, size));
  const entries = new Map<string, ZipEntry>();
  let position = 0;
  while (position < size) {
    const { entry, length } = parseEntry(directory, position, source.size);
    if (entries.has(entry.name)) {
      throw new TorchProblem(`its zip directory lists ${quoted(entry.name)} twice`);
    }
    if (entries.size === MOST_ENTRIES) {
      throw new TorchProblem(`its zip directory lists more than ${MOST_ENTRIES} entries`);
    }
    entries.set(entry.name, entry);
    position += length;
  }
  return entries;
}

/** First byte of an entry's data: behind its own header, whose name and extra field have lengths of their own. */
export async function dataOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  const header = viewOf(await source.read(entry.headerOffset, LOCAL_HEADER.length));
  if (header.getUint32(0, true) !== LOCAL_HEADER.signature) {
    throw new TorchProblem(`${quoted(entry.name)} has no header at byte ${entry.headerOffset} of the archive`);
  }
  const start = entry.headerOffset + LOCAL_HEADER.length + header.getUint16(26, true) + header.getUint16(28, true);
  return requireRange(source.size, start, entry.storedSize);
}

async function findDirectory(source: ByteSource): Promise<{ readonly offset: number; readonly size: number }> {
  const tailLength = Math.min(source.size, END_RECORD.length + LONGEST_COMMENT);
  const tailStart = source.size - tailLength;
  const tail = viewOf(await source.read(tailStart, tailLength));
  for (let at = tailLength - END_RECORD.length; at >= 0; at--) {
    if (tail.getUint32(at, true) === END_RECORD.signature) {
      const size = tail.getUint32(at + 12, true);
      const offset = tail.getUint32(at + 16, true);
      const count = tail.getUint16(at + 10, true);
      const inEnd64 = size === ELSEWHERE || offset === ELSEWHERE || count === 0xffff;
      return inEnd64 ? findDirectory64(source, tailStart + at) : { offset, size };
    }
  }
  throw new TorchProblem("has no zip directory at its end (a cut-off file?)");
}

async function findDirectory64(
  source: ByteSource,
  endRecord: number,
): Promise<{ readonly offset: number; readonly size: number }> {
  const locator = viewOf(await source.read(endRecord - LOCATOR_64.length, LOCATOR_64.length));
  if (locator.getUint32(0, true) !== LOCATOR_64.signature) {
    throw new TorchProblem("its zip directory is stated to be a 64-bit one, but the record that says where is missing");
  }
  const record = viewOf(await source.read(uint64(locator, 8), END_RECORD_64.length));
  if (record.getUint32(0, true) !== END_RECORD_64.signature) {
    throw new TorchProblem("has no 64-bit zip directory where its end says");
  }
  return { offset: uint64(record, 48), size: uint64(record, 40) };
}

function parseEntry(
  directory: DataView,
  at: number,
  fileSize: number,
): { readonly entry: ZipEntry; readonly length: number } {
  const remaining = directory.byteLength - at;
  if (remaining < CENTRAL_HEADER.length || directory.getUint32(at, true) !== CENTRAL_HEADER.signature) {
    throw new TorchProblem(`its zip directory is damaged at its byte ${at}`);
  }
  const nameLength = directory.getUint16(at + 28, true);
  const extraLength = directory.getUint16(at + 30, true);
  const length = CENTRAL_HEADER.length + nameLength + extraLength + directory.getUint16(at + 32, true);
  if (length > remaining) {
    throw new TorchProblem(`its zip directory ends inside an entry`);
  }
  const nameStart = directory.byteOffset + at + CENTRAL_HEADER.length;
  const name = new TextDecoder().decode(new Uint8Array(directory.buffer, nameStart, nameLength));
  const extra = new DataView(directory.buffer, nameStart + nameLength, extraLength);
  const large = [24, 20, 42].map((field) => directory.getUint32(at + field, true));
  const [size = 0, storedSize = 0, headerOffset = 0] = large.includes(ELSEWHERE) ? widened(large, extra, name) : large;
  const method = directory.getUint16(at + 10, true);
  if ((directory.getUint16(at + 8, true) & ENCRYPTED) !== 0) {
    throw new TorchProblem(`${quoted(name)} is encrypted`);
  }
  if (method !== STORED && method !== DEFLATED) {
    throw new TorchProblem(
      `${quoted(name)} is packed by method ${method}, expected ${STORED} (stored) or ${DEFLATED} (deflated)`,
    );
  }
  if (method === STORED && size !== storedSize) {
    throw new TorchProblem(`${quoted(name)} is stored in ${storedSize} bytes, expected its size of ${size}`);
  }
  requireRange(fileSize, headerOffset, LOCAL_HEADER.length + storedSize);
  return { entry: { name, deflated: method === DEFLATED, storedSize, size, headerOffset }, length };
}

/** The extra field holds the 64-bit forms of exactly those numbers that did not fit, in this order. */
function widened(fields: readonly number[], extra: DataView, name: string): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) === EXTRA_64) {
      const end = Math.min(extra.byteLength, at + 4 + extra.getUint16(at + 2, true));
      let next = at + 4;
      return fields.map((field) => {
        if (field !== ELSEWHERE) {
          return field;
        }
        if (next + 8 > end) {
          throw new TorchProblem(`${quoted(name)} lacks a 64-bit size in the zip directory`);
        }
        next += 8;
        return uint64(extra, next - 8);
      });
    }
  }
  throw new TorchProblem(`${quoted(name)} lacks its 64-bit sizes in the zip directory`);
}

/** Numbers beyond 2^53 lose their last bits here and are refused by the range check that follows. */
function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
