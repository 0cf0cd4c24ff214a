/**
 * Seeded damage to sound files: each must parse into places that lie inside the file, apart from each other, or be refused with
 * a `CheckpointError`. Whatever else is thrown is a fault of the reader.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensorsHeader } from "../../src/checkpoint/safetensors/safetensors.js";
import type { TensorSource } from "../../src/checkpoint/tensor-location.js";
import { CheckpointError } from "../../src/errors.js";
import { itemSize } from "../../src/tensor/dtype.js";
import { shapeSize } from "../../src/tensor/shape.js";
import { safetensorsBytes, temporaryFolder } from "./support.js";

const ROUNDS = 12_000;
const HEADER = JSON.stringify({
  __metadata__: { format: "pt" },
  "down.0.weight": { dtype: "F16", shape: [2, 3], data_offsets: [0, 12] },
  "down.0.bias": { dtype: "F32", shape: [3], data_offsets: [12, 24] },
  scalar: { dtype: "F64", shape: [], data_offsets: [24, 32] },
  none: { dtype: "U8", shape: [0], data_offsets: [32, 32] },
  mask: { dtype: "BOOL", shape: [4], data_offsets: [32, 36] },
});
const DATA_BYTES = 36;
const TOKENS = [
  '"__proto__"', '"a"', "{", "}", "[", "]", ",", ":", '"', "\\", "-", "0", "1e400", "9007199254740993", "null", "0.5", " ",
]; // prettier-ignore
const VALUES = [
  "0",
  "-0",
  "-1",
  "1",
  "2",
  "3",
  "12",
  "24",
  "36",
  "37",
  "1e308",
  "4294967296",
  "null",
  '"F32"',
  "[]",
  "{}",
];

type Random = (below: number) => number;

/** mulberry32 */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function pick(random: Random, from: readonly string[]): string {
  return from[random(from.length)] ?? "";
}

type Mutation = (random: Random) => Buffer;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "bit flips": (random) => {
    const bytes = safetensorsBytes(HEADER, DATA_BYTES);
    for (let flips = 1 + random(4); flips > 0; flips--) {
      const at = random(8 + HEADER.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    }
    return bytes;
  },
  "header lengths": (random) => {
    const bytes = safetensorsBytes(HEADER, DATA_BYTES);
    const near = BigInt(Math.max(0, HEADER.length + random(100) - 50));
    const any = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));
    bytes.writeBigUInt64LE(random(2) === 0 ? near : any >> BigInt(random(64)));
    return bytes;
  },
  "sizes and offsets": (random) => {
    const numbers = [...HEADER.matchAll(/(?<=[[,])\d+(?=[\],])/g)];
    let header = HEADER;
    for (const number of [numbers[random(numbers.length)], numbers[random(numbers.length)]].slice(0, 1 + random(2))) {
      if (number !== undefined) {
        header = header.slice(0, number.index) + pick(random, VALUES) + header.slice(number.index + number[0].length);
      }
    }
    return safetensorsBytes(header, DATA_BYTES + (random(4) === 0 ? random(9) - 4 : 0));
  },
  "moved and added tensors": (random) => {
    // Ranges that fit their shapes, so that only their neighbours can tell that they are wrong.
    let header = HEADER.replace(/(?<=\[)(\d+),(\d+)(?=\]\})/g, (range, begin: string, end: string) => {
      const by = random(5) === 0 ? random(25) - 12 : 0;
      return by === 0 ? range : `${Number(begin) + by},${Number(end) + by}`;
    });
    if (random(2) === 0) {
      const begin = random(DATA_BYTES + 1);
      const length = random(DATA_BYTES + 1 - begin);
      const added = `{"dtype":"U8","shape":[${length}],"data_offsets":[${begin},${begin + length}]}`;
      header = `${header.slice(0, -1)},"added":${added}}`;
    }
    return safetensorsBytes(header, DATA_BYTES);
  },
  "pieces of JSON": (random) => {
    let header = HEADER;
    for (let edits = 1 + random(3); edits > 0; edits--) {
      const at = random(header.length);
      const piece = random(3) === 0 ? header.slice(at, at + random(40)) : pick(random, TOKENS);
      header = header.slice(0, at) + piece + header.slice(at + random(3) * random(20));
    }
    return safetensorsBytes(header, DATA_BYTES);
  },
  "types and keys": (random) => {
    const names = [...HEADER.matchAll(/"[^"]+"/g)];
    const name = names[random(names.length)];
    const other =
      random(3) === 0
        ? pick(random, TOKENS)
        : pick(
            random,
            names.map(([text]) => text),
          );
    const header =
      name === undefined ? HEADER : HEADER.slice(0, name.index) + other + HEADER.slice(name.index + name[0].length);
    return safetensorsBytes(header, DATA_BYTES);
  },
  truncations: (random) => {
    const bytes = safetensorsBytes(HEADER, DATA_BYTES);
    return random(4) === 0
      ? Buffer.concat([bytes, Buffer.alloc(random(20))])
      : bytes.subarray(0, random(bytes.length + 1));
  },
};

function expectSound({ tensors }: TensorSource, headerEnd: number, fileSize: number): void {
  let end = headerEnd;
  for (const { offset, length, shape, dtype } of [...tensors.values()].sort(
    (a, b) => a.offset - b.offset || a.length - b.length,
  )) {
    if (offset < end || offset + length > fileSize || length !== shapeSize(shape) * itemSize(dtype)) {
      throw new Error(`accepted ${length} bytes at ${offset} of ${fileSize}, after ${end}`);
    }
    end = offset + length;
  }
}

test(`${ROUNDS} damaged headers parse soundly or are refused`, { timeout: 20_000 }, async () => {
  const random = seeded(20231122);
  const file = join(temporaryFolder(), "damaged.safetensors");
  const mutations = Object.entries(MUTATIONS);
  let accepted = 0;
  const messages = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const [label, mutate] = mutations[round % mutations.length] ?? [];
    const bytes = mutate?.(random) ?? Buffer.alloc(0);
    writeFileSync(file, bytes);
    try {
      const source = await readSafetensorsHeader(file, "damaged");
      expectSound(source, 8 + Number(bytes.readBigUInt64LE(0)), bytes.length);
      accepted++;
    } catch (error) {
      if (!(error instanceof CheckpointError)) {
        throw new Error(`round ${round} (${label ?? "none"}): ${bytes.toString("latin1")}`, { cause: error });
      }
      messages.add(error.message.replace(/\d+|"[^"]*"/g, "_").slice(0, 60));
    }
  }
  // The damage must reach both outcomes and most of the checks, or it tests nothing.
  expect(accepted).toBeGreaterThan(ROUNDS / 50);
  expect(ROUNDS - accepted).toBeGreaterThan(ROUNDS / 2);
  expect(messages.size).toBeGreaterThan(15);
});
