/** Makes the archive of a pack from the files in their places. */
import { join } from "node:path";
import { formatArchive, STREAMS } from "./archive.js";
import { checksum } from "./checksums.js";
import { cutFile } from "./pieces.js";
import { filesToPack } from "./packs.js";
import { drawTensors, roundToFloat16, stepsBetween } from "./predictions.js";

/** Shorter pieces are not worth a line of the table that says where else they are. */
const WORTH_NAMING = 32;

/**
 * @param {import("./packs.js").PackDefinition} pack
 * @param {string} root where the files lie
 * @param {number} quality of the compression, to 11
 * @returns {Promise<Buffer>}
 */
export async function encodePack(pack, root, quality) {
  const encoder = new Encoder();
  for (const path of filesToPack(pack, root)) {
    const pieces = await cutFile(join(root, path));
    const drawn = pack.drawn.find(({ file }) => file === path);
    if (drawn !== undefined) {
      encoder.expectDraw(drawn, pieces);
    }
    const near = pack.near.find(([file]) => file === path);
    encoder.add(path, pieces, near?.[1]);
  }
  return formatArchive(encoder.table, encoder.streams, quality);
}

class Encoder {
  table = { draws: [], files: [] };
  /** @type {Record<string, Buffer[]>} */
  streams = Object.fromEntries(STREAMS.map((stream) => [stream, []]));
  /** Sources by the checksum of the bytes that they give. */
  #known = new Map();
  /** Numbers and bytes of pieces, by file and tensor. */
  #tensors = new Map();
  #count = 0;

  /** Draws what the file is said to hold; whichever of its pieces are equal to it need not be stored. */
  expectDraw(recipe, pieces) {
    const tensors = tensorsOfDraw(recipe, pieces);
    const draw = { seed: recipe.seed, tensors };
    const number = this.table.draws.push(draw) - 1;
    drawTensors(draw).forEach((bytes, index) => {
      this.#learn(bytes, { drawn: [number, index] });
      this.#learn(roundToFloat16(bytes), { drawn: [number, index], half: true });
    });
  }

  add(path, pieces, earlier) {
    this.table.files.push({
      path,
      pieces: pieces.map((piece) => {
        const source = this.#sourceOf(piece, this.#tensors.get(`${earlier} ${piece.name}`));
        const number = this.#count++;
        this.#learn(piece.bytes, { same: number });
        if (piece.dtype === "float32") {
          this.#learn(roundToFloat16(piece.bytes), { half: number });
        }
        this.#tensors.set(`${path} ${piece.name}`, { number, bytes: piece.bytes });
        return source;
      }),
    });
  }

  #sourceOf({ bytes, width, dtype }, origin) {
    const known = bytes.length >= WORTH_NAMING ? this.#known.get(checksum(bytes)) : undefined;
    if (known !== undefined) {
      return known;
    }
    if (origin?.bytes.length === bytes.length && dtype === "float16") {
      this.streams.steps.push(stepsBetween(bytes, origin.bytes));
      return { near: origin.number, stored: bytes.length };
    }
    this.streams[width].push(bytes);
    return { stored: bytes.length, width };
  }

  #learn(bytes, source) {
    const key = checksum(bytes);
    if (!this.#known.has(key)) {
      this.#known.set(key, source);
    }
  }
}

/** The tensors of a file in the order of the draw, with what was done to each. */
function tensorsOfDraw({ prefix = "", spread, rules }, pieces) {
  return pieces
    .filter(({ name }) => name?.startsWith(prefix))
    .map(({ name, shape }) => ({ name: name.slice(prefix.length), shape }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, shape }) => ({
      count: shape.reduce((product, side) => product * side, 1),
      steps: [
        ...firstSteps(name, shape, spread),
        ...rules
          .filter(([text]) => name.includes(text))
          .flatMap(([, factor, offset]) => [
            ["*", factor],
            ["+", offset],
          ]),
      ],
    }));
}

function firstSteps(name, shape, spread) {
  if (shape.length > 1) {
    // Transposed convolutions of 2 x 2 numbers and stride 2 mix nothing but their inputs.
    const transposed = name.includes("up_sample") && shape.length === 4;
    const inputs = transposed ? shape[0] : shape.slice(1).reduce((product, side) => product * side, 1);
    return [["/", Math.sqrt(inputs)]];
  }
  return name.endsWith("weight")
    ? [
        ["*", spread],
        ["+", 1],
      ]
    : [["*", 0.15]];
}
