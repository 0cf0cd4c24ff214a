/**
 * The little of EXIF that carries a picture's settings in JPEG and WebP files: UserComment holds the parameters text the way
 * the A1111 family writes and reads it (through piexif: big-endian block, `UNICODE` and UTF-16), MakerNote our own JSON.
 * MakerNote is the field for a maker's own data, is UTF-8 as we like, and no viewer shows it as a caption.
 * Reference: CIPA DC-008 (Exif 2.32), sections 4.6.2 (the tag directories) and 4.6.5 (the two tags).
 */
import { ImageError } from "../../errors.js";

const EXIF_DIRECTORY_TAG = 0x8769;
const MAKER_NOTE_TAG = 0x927c;
const USER_COMMENT_TAG = 0x9286;
const TYPE_LONG = 4;
const TYPE_UNDEFINED = 7;
const ENTRY_BYTES = 12;
const HEADER_BYTES = 8;
const UNICODE = "UNICODE\0";
const ASCII = "ASCII\0\0\0";
const UNDEFINED_CHARSET = "\0".repeat(8);
const MAKER = "kandinsky3\0";

/** What is kept in an EXIF block: the A1111 text and our JSON, both as text. */
export interface ExifTexts {
  readonly parameters?: string;
  readonly settings?: string;
}

/** An EXIF block (a TIFF file without pictures) with both texts. */
export function formatExif({ parameters, settings }: Required<ExifTexts>): Buffer {
  const fields: [tag: number, value: Buffer][] = [
    [MAKER_NOTE_TAG, Buffer.from(MAKER + settings, "utf8")],
    [USER_COMMENT_TAG, Buffer.concat([Buffer.from(UNICODE, "latin1"), Buffer.from(parameters, "utf16le").swap16()])],
  ];
  const mainStart = HEADER_BYTES;
  const exifStart = mainStart + directoryBytes(1);
  const valuesStart = exifStart + directoryBytes(fields.length);
  const head = Buffer.alloc(valuesStart);
  head.write("MM\0*", 0, "latin1");
  head.writeUInt32BE(mainStart, 4);
  head.writeUInt16BE(1, mainStart);
  writeEntry(head, mainStart + 2, EXIF_DIRECTORY_TAG, TYPE_LONG, 1, exifStart);
  head.writeUInt16BE(fields.length, exifStart);
  const values: Buffer[] = [];
  let offset = valuesStart;
  for (const [index, [tag, value]] of fields.entries()) {
    writeEntry(head, exifStart + 2 + index * ENTRY_BYTES, tag, TYPE_UNDEFINED, value.length, offset);
    // Values begin at even offsets.
    const padded = Buffer.concat([value, Buffer.alloc(value.length % 2)]);
    values.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([head, ...values]);
}

/** Reads the texts of an EXIF block; one that is not there stays out, as does another maker's note. */
export function parseExif(block: Buffer): ExifTexts {
  const order = block.toString("latin1", 0, 2);
  if (block.length < HEADER_BYTES || (order !== "MM" && order !== "II")) {
    throw new ImageError(`the EXIF data is damaged: expected it to begin with MM or II, got ${JSON.stringify(order)}`);
  }
  const bigEndian = order === "MM";
  const main = readDirectory(block, readUInt(block, 4, 4, bigEndian), bigEndian);
  const pointer = main.get(EXIF_DIRECTORY_TAG);
  if (pointer === undefined) {
    return {};
  }
  const exif = readDirectory(block, pointer.value, bigEndian);
  const comment = exif.get(USER_COMMENT_TAG);
  const note = exif.get(MAKER_NOTE_TAG);
  const parameters = comment && decodeComment(valueOf(block, comment), bigEndian);
  const noteText = note && valueOf(block, note).toString("utf8");
  return {
    ...(parameters === undefined ? {} : { parameters }),
    ...(noteText?.startsWith(MAKER) === true ? { settings: noteText.slice(MAKER.length) } : {}),
  };
}

interface Entry {
  readonly count: number;
  /** The value itself or, when it does not fit, its offset. */
  readonly value: number;
  readonly valueOffset: number;
}

function readDirectory(block: Buffer, start: number, bigEndian: boolean): Map<number, Entry> {
  const count = readUInt(block, start, 2, bigEndian);
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const entry = start + 2 + index * ENTRY_BYTES;
      const length = readUInt(block, entry + 4, 4, bigEndian);
      const value = readUInt(block, entry + 8, 4, bigEndian);
      return [
        readUInt(block, entry, 2, bigEndian),
        { count: length, value, valueOffset: length > 4 ? value : entry + 8 },
      ];
    }),
  );
}

/** The bytes of a value of type UNDEFINED, which both of our tags have. */
function valueOf(block: Buffer, { count, valueOffset }: Entry): Buffer {
  if (valueOffset + count > block.length) {
    throw new ImageError(
      `the EXIF data is damaged: a value is at bytes ${valueOffset} to ${valueOffset + count}, expected at most ${block.length}`,
    );
  }
  return block.subarray(valueOffset, valueOffset + count);
}

function decodeComment(value: Buffer, bigEndian: boolean): string | undefined {
  const charset = value.toString("latin1", 0, 8);
  const text = value.subarray(8);
  switch (charset) {
    case UNICODE:
      return decodeUtf16(text.subarray(0, text.length - (text.length % 2)), bigEndian);
    case ASCII:
    case UNDEFINED_CHARSET: {
      const comment = text.toString("utf8").replace(/\0+$/, "");
      return comment === "" ? undefined : comment;
    }
    default:
      return undefined;
  }
}

/**
 * UTF-16 in the block's byte order, unless the zero bytes speak clearly against it: programs that rewrite a block in the other
 * order copy the comment as it is.
 */
function decodeUtf16(text: Buffer, bigEndian: boolean): string {
  const zeros = [0, 0];
  for (const [index, byte] of text.entries()) {
    if (byte === 0) {
      zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
    }
  }
  const [first = 0, second = 0] = zeros;
  const highFirst = first === second ? bigEndian : first > second;
  return (highFirst ? Buffer.from(text).swap16() : text).toString("utf16le");
}

function readUInt(block: Buffer, offset: number, bytes: 2 | 4, bigEndian: boolean): number {
  if (offset + bytes > block.length) {
    throw new ImageError(`the EXIF data is damaged: it ends at byte ${block.length}, expected more at ${offset}`);
  }
  return bigEndian ? block.readUIntBE(offset, bytes) : block.readUIntLE(offset, bytes);
}

function directoryBytes(entries: number): number {
  return 2 + entries * ENTRY_BYTES + 4;
}

function writeEntry(block: Buffer, at: number, tag: number, type: number, count: number, value: number): void {
  block.writeUInt16BE(tag, at);
  block.writeUInt16BE(type, at + 2);
  block.writeUInt32BE(count, at + 4);
  block.writeUInt32BE(value, at + 8);
}
