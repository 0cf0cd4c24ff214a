/**
 * Whether a picture file's values are only near those that it was made from.
 * References: WebP Container Specification (RIFF chunks); ISO/IEC 14496-12, `colr`; ITU-T H.273, matrix coefficients.
 */

/** What stands in an `ANMF` chunk of an animated WebP before the chunks of its frame. */
const FRAME_HEADER_BYTES = 16;

/** JPEG, WebP that is coded as VP8, and AVIF unless it stores red, green and blue as they are, which only its lossless mode does. */
export function isLossy(file: Uint8Array): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const brand = bytes.toString("latin1", 4, 12);
  return (
    bytes.toString("latin1", 0, 3) === "\xff\xd8\xff" ||
    (bytes.toString("latin1", 8, 12) === "WEBP" && hasVp8(bytes, "RIFF____WEBP".length)) ||
    ((brand === "ftypavif" || brand === "ftypavis") && !storesRgb(bytes))
  );
}

/** Whether the colours have the identity matrix: the field follows two others of two bytes. */
function storesRgb(bytes: Buffer): boolean {
  const box = bytes.indexOf("colrnclx", 0, "latin1");
  const matrix = box + "colrnclx".length + 4;
  return box >= 0 && matrix + 2 <= bytes.length && bytes.readUInt16BE(matrix) === 0;
}

/** Whether the first frame is coded as VP8; `start` is where a list of chunks begins. */
function hasVp8(bytes: Buffer, start: number): boolean {
  for (let at = start; at + 8 <= bytes.length;) {
    const name = bytes.toString("latin1", at, at + 4);
    if (name === "VP8 " || name === "VP8L") {
      return name === "VP8 ";
    }
    const size = bytes.readUInt32LE(at + 4);
    if (name === "ANMF") {
      return hasVp8(bytes, at + 8 + FRAME_HEADER_BYTES);
    }
    at += 8 + size + (size % 2);
  }
  return false;
}
