/**
 * The file of a pack: a table in JSON and the bytes that it speaks of, all compressed. Numbers of more than one byte are stored with
 * their first bytes together, then their second ones and so on: signs and exponents compress, the rest of a float hardly does.
 */
import { Buffer } from "node:buffer";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

/**
 * Where the bytes of a piece come from. `stored`: the next `length` bytes of the stream for numbers of `width` bytes. The others name
 * a piece by its number in the pack, `same` and `half` (rounded to float16) as all there is to say, `near` with the stored steps from
 * there; or a tensor of a draw.
 *
 * @typedef {{ stored: number, width: number } | { same: number } | { half: number } | { near: number, stored: number }
 *   | { drawn: [draw: number, tensor: number], half?: true }} Source
 */

/**
 * @typedef {object} Table
 * @property {readonly import("./predictions.js").Draw[]} draws
 * @property {readonly { path: string, pieces: readonly Source[] }[]} files
 */

const LENGTH_BYTES = 4;
/** Of numbers with 1, 2, 4 and 8 bytes, and of steps. */
export const STREAMS = ["1", "2", "4", "8", "steps"];
const WIDTHS = { steps: 2 };
const widthOf = (/** @type {string} */ stream) => WIDTHS[stream] ?? Number(stream);

/**
 * @param {Table} table
 * @param {Readonly<Record<string, readonly Buffer[]>>} streams
 * @param {number} quality of the compression, to 11
 */
export function formatArchive(table, streams, quality) {
  const parts = [
    Buffer.from(JSON.stringify(table)),
    ...STREAMS.map((stream) => splitPlanes(Buffer.concat(streams[stream] ?? []), widthOf(stream))),
  ];
  return Buffer.concat(
    parts.flatMap((part) => {
      const compressed = brotliCompressSync(part, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: quality,
          [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
          [constants.BROTLI_PARAM_SIZE_HINT]: part.length,
        },
      });
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(compressed.length);
      return [length, compressed];
    }),
  );
}

/**
 * @param {Buffer} archive
 * @returns {{ table: Table, streams: Readonly<Record<string, Buffer>> }}
 */
export function parseArchive(archive) {
  let at = 0;
  const next = () => {
    const end = at + LENGTH_BYTES + archive.readUInt32LE(at);
    const part = brotliDecompressSync(archive.subarray(at + LENGTH_BYTES, end));
    at = end;
    return part;
  };
  const table = JSON.parse(next().toString());
  return { table, streams: Object.fromEntries(STREAMS.map((stream) => [stream, joinPlanes(next(), widthOf(stream))])) };
}

/**
 * @param {Buffer} bytes
 * @param {number} width
 */
function splitPlanes(bytes, width) {
  const count = bytes.length / width;
  const planes = Buffer.alloc(bytes.length);
  for (let plane = 0; plane < width; plane++) {
    for (let index = 0; index < count; index++) {
      planes[plane * count + index] = bytes[index * width + plane];
    }
  }
  return planes;
}

/**
 * @param {Buffer} planes
 * @param {number} width
 */
function joinPlanes(planes, width) {
  const count = planes.length / width;
  const bytes = Buffer.alloc(planes.length);
  for (let plane = 0; plane < width; plane++) {
    for (let index = 0; index < count; index++) {
      bytes[index * width + plane] = planes[plane * count + index];
    }
  }
  return bytes;
}
