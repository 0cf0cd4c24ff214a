/**
 * Where JPEG and WebP files keep their EXIF block: reading it and putting one into a file that has none, the picture data
 * untouched. References: CIPA DC-008, section 4.7 (APP1); RFC 9649, section 2.7 (VP8X and EXIF chunks).
 */
import { ImageError } from "../../errors.js";

const APP1_HEAD = Buffer.from("Exif\0\0", "latin1");
/** A JPEG segment's length has 16 bits and counts itself. */
const MAX_APP1_BYTES = 0xffff - 2 - APP1_HEAD.length;
const SOI_BYTES = 2;
const RIFF_HEAD_BYTES = 12;
const VP8X_EXIF = 0x08;
const VP8X_ALPHA = 0x10;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

export function isWebp(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, RIFF_HEAD_BYTES)).toString("latin1");
  return head.startsWith("RIFF") && head.endsWith("WEBP");
}

/** The JPEG file with the EXIF block as its first segment, where EXIF wants it. */
export function insertJpegExif(jpeg: Buffer, block: Buffer): Buffer {
  if (block.length > MAX_APP1_BYTES) {
    throw new ImageError(
      `the settings are too long for a JPEG file: expected at most ${MAX_APP1_BYTES} bytes of EXIF data, got ${block.length}`,
    );
  }
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(2 + APP1_HEAD.length + block.length, 2);
  return Buffer.concat([jpeg.subarray(0, SOI_BYTES), head, APP1_HEAD, block, jpeg.subarray(SOI_BYTES)]);
}

/** The EXIF block of a JPEG file, or undefined. */
export function readJpegExif(jpeg: Buffer): Buffer | undefined {
  let offset = SOI_BYTES;
  while (offset + 4 <= jpeg.length) {
    const marker = jpeg.readUInt16BE(offset);
    if (marker === 0xffff) {
      // Any number of 0xff may fill the room before a marker.
      offset += 1;
      continue;
    }
    // Start of scan or end of image: metadata come before.
    if (marker === 0xffda || marker === 0xffd9) {
      return undefined;
    }
    const length = jpeg.readUInt16BE(offset + 2);
    const end = offset + 2 + length;
    if (marker < 0xff01 || length < 2 || end > jpeg.length) {
      throw new ImageError(`the JPEG file is damaged: no whole segment at byte ${offset}`);
    }
    const data = jpeg.subarray(offset + 4, end);
    if (marker === 0xffe1 && APP1_HEAD.equals(data.subarray(0, APP1_HEAD.length))) {
      return data.subarray(APP1_HEAD.length);
    }
    offset = end;
  }
  throw new ImageError(`the JPEG file ends at byte ${jpeg.length} before its picture`);
}

/** The WebP file with the EXIF block at its end; a simple file becomes an extended one, which alone may have it. */
export function insertWebpExif(webp: Buffer, block: Buffer, width: number, height: number): Buffer {
  const chunks = [...webpChunks(webp)].map(({ type, data }) => riffChunk(type, data));
  const [first] = webpChunks(webp);
  if (first?.type === "VP8X") {
    const flags = Buffer.from(first.data);
    flags.writeUInt8(flags.readUInt8(0) | VP8X_EXIF, 0);
    chunks[0] = riffChunk("VP8X", flags);
  } else {
    const extended = Buffer.alloc(10);
    extended.writeUInt8(VP8X_EXIF | (losslessHasAlpha(first) ? VP8X_ALPHA : 0), 0);
    extended.writeUIntLE(width - 1, 4, 3);
    extended.writeUIntLE(height - 1, 7, 3);
    chunks.unshift(riffChunk("VP8X", extended));
  }
  const body = Buffer.concat([Buffer.from("WEBP", "latin1"), ...chunks, riffChunk("EXIF", block)]);
  return riffChunk("RIFF", body);
}

/** The EXIF block of a WebP file, or undefined. Some writers put JPEG's `Exif` mark before it. */
export function readWebpExif(webp: Buffer): Buffer | undefined {
  for (const { type, data } of webpChunks(webp)) {
    if (type === "EXIF") {
      return APP1_HEAD.equals(data.subarray(0, APP1_HEAD.length)) ? data.subarray(APP1_HEAD.length) : data;
    }
  }
  return undefined;
}

interface RiffChunk {
  readonly type: string;
  readonly data: Buffer;
}

function* webpChunks(webp: Buffer): Generator<RiffChunk, void> {
  let offset = RIFF_HEAD_BYTES;
  while (offset + 8 <= webp.length) {
    const length = webp.readUInt32LE(offset + 4);
    const end = offset + 8 + length;
    const type = webp.toString("latin1", offset, offset + 4);
    if (end > webp.length) {
      throw new ImageError(
        `the WebP file is damaged: chunk ${JSON.stringify(type)} at byte ${offset} claims ${length} bytes, ` +
          `expected at most ${webp.length - offset - 8}`,
      );
    }
    yield { type, data: webp.subarray(offset + 8, end) };
    offset = end + (length % 2);
  }
}

function riffChunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

/** Bit 28 of a lossless stream's header, behind its signature byte and two 14-bit sizes. */
function losslessHasAlpha(chunk: RiffChunk | undefined): boolean {
  return chunk?.type === "VP8L" && chunk.data.length >= 5 && (chunk.data.readUInt8(4) & 0x10) !== 0;
}
