/**
 * The chunks of PNG files, as far as text goes: reading tEXt, zTXt and iTXt, and inserting text before the picture data.
 * Lengths and checksums must be right; chunks of other types pass through untouched.
 * Reference: PNG specification, third edition, sections 5 and 11.3.3 (https://www.w3.org/TR/png-3/).
 */
import * as zlib from "node:zlib"; // Named imports that a Node lacks keep it from saying that it is too old.
import { ImageError, InternalError, reasonOf } from "../../errors.js";

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
/** Length, type and checksum around a chunk's data. */
const FRAME = 12;
const HEADER_CHUNK_END = SIGNATURE.length + FRAME + 13;
/** A bound on what one compressed text may unpack to: far above any prompt or node graph, far below trouble. */
const MAX_TEXT_BYTES = 1 << 24;
const NUL = 0;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** True when the bytes begin as every PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.equals(bytes.subarray(0, SIGNATURE.length));
}

/** The texts of a PNG file by keyword. Of several with one keyword the first counts. */
export function readPngTexts(png: Uint8Array): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { type, data } of chunksOf(png)) {
    const entry = textOf(type, data);
    if (entry !== undefined && !texts.has(entry.keyword)) {
      texts.set(entry.keyword, entry.text);
    }
  }
  return texts;
}

/** The PNG file with texts added behind its header, where readers that stop at the picture data still find them. */
export function insertPngTexts(png: Uint8Array, texts: Readonly<Record<string, string>>): Buffer {
  const [header] = chunksOf(png);
  if (header?.type !== "IHDR") {
    throw new ImageError(`the PNG file begins with chunk ${header?.type ?? "none"}, expected IHDR`);
  }
  const added = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  return Buffer.concat([png.subarray(0, HEADER_CHUNK_END), ...added, png.subarray(HEADER_CHUNK_END)]);
}

/** tEXt where Latin-1 can hold the text, because every reader knows it, else iTXt in UTF-8. */
function textChunk(keyword: string, text: string): Buffer {
  // eslint-disable-next-line no-control-regex -- a keyword is 1 to 79 printable Latin-1 characters
  if (!/^[^\u0000-\u001f\u007f-\u00a0\u0100-\uffff]{1,79}$/.test(keyword)) {
    throw new InternalError(`${JSON.stringify(keyword)} as a PNG keyword`);
  }
  // eslint-disable-next-line no-control-regex -- exactly the code units that Latin-1 has, without the NUL that ends fields
  if (/^[\u0001-\u00ff]*$/.test(text)) {
    return encodeChunk({ type: "tEXt", data: Buffer.from(`${keyword}\0${text}`, "latin1") });
  }
  // Behind the keyword: not compressed, method 0, no language, no translated keyword.
  const head = Buffer.from(`${keyword}\0\0\0\0\0`, "latin1");
  return encodeChunk({ type: "iTXt", data: Buffer.concat([head, Buffer.from(text, "utf8")]) });
}

function encodeChunk({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const chunk = Buffer.alloc(data.length + FRAME);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(zlib.crc32(body), chunk.length - 4);
  return chunk;
}

function* chunksOf(png: Uint8Array): Generator<Chunk, void> {
  const file = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  if (!isPng(file)) {
    throw new ImageError("the bytes are no PNG file: the signature is missing");
  }
  for (let offset = SIGNATURE.length; ;) {
    if (offset + FRAME > file.length) {
      throw new ImageError(`the PNG file ends at byte ${file.length} without an IEND chunk`);
    }
    const length = file.readUInt32BE(offset);
    const type = file.toString("latin1", offset + 4, offset + 8);
    const end = offset + FRAME + length;
    if (!/^[A-Za-z]{4}$/.test(type) || end > file.length) {
      throw new ImageError(
        `the PNG file is damaged: chunk ${JSON.stringify(type)} at byte ${offset} claims ${length} bytes, ` +
          `expected at most ${file.length - offset - FRAME}`,
      );
    }
    const checksum = file.readUInt32BE(end - 4);
    if (zlib.crc32(file.subarray(offset + 4, end - 4)) !== checksum) {
      throw new ImageError(`the PNG file is damaged: chunk ${type} at byte ${offset} does not match its checksum`);
    }
    yield { type, data: file.subarray(offset + 8, end - 4) };
    if (type === "IEND") {
      return;
    }
    offset = end;
  }
}

function textOf(type: string, data: Buffer): { keyword: string; text: string } | undefined {
  if (type !== "tEXt" && type !== "zTXt" && type !== "iTXt") {
    return undefined;
  }
  const [keyword, rest] = splitAtNul(data, type, "latin1");
  if (type === "tEXt") {
    return { keyword, text: rest.toString("latin1") };
  }
  if (type === "zTXt") {
    return { keyword, text: inflate(rest.subarray(1), rest[0], keyword).toString("latin1") };
  }
  const [compressed, method] = rest;
  const [, afterLanguage] = splitAtNul(rest.subarray(2), type, "latin1");
  const [, content] = splitAtNul(afterLanguage, type, "utf8");
  return { keyword, text: (compressed === 1 ? inflate(content, method, keyword) : content).toString("utf8") };
}

function splitAtNul(data: Buffer, type: string, encoding: BufferEncoding): [text: string, rest: Buffer] {
  const end = data.indexOf(NUL);
  if (end < 0) {
    throw new ImageError(`the PNG file is damaged: a ${type} chunk ends inside its fields`);
  }
  return [data.toString(encoding, 0, end), data.subarray(end + 1)];
}

function inflate(data: Buffer, method: number | undefined, keyword: string): Buffer {
  if (method !== 0) {
    throw new ImageError(`the PNG text "${keyword}" has compression method ${method ?? "none"}, expected 0`);
  }
  try {
    return zlib.inflateSync(data, { maxOutputLength: MAX_TEXT_BYTES });
  } catch (thrown) {
    throw new ImageError(`the PNG text "${keyword}" cannot be unpacked: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
