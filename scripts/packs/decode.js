/** Gives back the files of a pack. */
import { Buffer } from "node:buffer";
import { parseArchive } from "./archive.js";
import { drawTensors, roundToFloat16, takeSteps } from "./predictions.js";

/**
 * @param {Buffer} archive
 * @returns {Map<string, Buffer>} by path
 */
export function decodePack(archive) {
  const { table, streams } = parseArchive(archive);
  const draws = table.draws.map(drawTensors);
  const taken = Object.fromEntries(Object.keys(streams).map((stream) => [stream, 0]));
  const take = (/** @type {string | number} */ stream, /** @type {number} */ length) => {
    const start = taken[stream];
    taken[stream] += length;
    return streams[stream].subarray(start, start + length);
  };

  /** @type {Buffer[]} */
  const pieces = [];
  const read = (source) => {
    if ("same" in source) {
      return pieces[source.same];
    }
    if ("near" in source) {
      return takeSteps(take("steps", source.stored), pieces[source.near]);
    }
    if ("drawn" in source) {
      const [draw, tensor] = source.drawn;
      return source.half ? roundToFloat16(draws[draw][tensor]) : draws[draw][tensor];
    }
    return "half" in source ? roundToFloat16(pieces[source.half]) : take(source.width, source.stored);
  };
  return new Map(
    table.files.map(({ path, pieces: sources }) => [
      path,
      Buffer.concat(
        sources.map((source) => {
          const bytes = read(source);
          pieces.push(bytes);
          return bytes;
        }),
      ),
    ]),
  );
}
