/**
 * Seeded damage to sound PyTorch files: each must read into values whose storages lie inside the file, or be refused with a
 * `TorchProblem`, in little time. Whatever else is thrown is a fault of the reader.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { memorySource } from "../../../src/checkpoint/torch/byte-source.js";
import { parseTorchFile } from "../../../src/checkpoint/torch/torch-file.js";
import {
  type TorchContent,
  TorchProblem,
  TorchTensor,
  type TorchValue,
} from "../../../src/checkpoint/torch/torch-value.js";
import { itemSize } from "../../../src/tensor/dtype.js";
import { original } from "../../support/goldens.js";

const ROUNDS_PER_FILE = 5000;
/** A pause of the garbage collector may fall into any round. */
const LONGEST_ROUND_MS = 2000;
/** All files together have 11 kB; what remains is the collector's leeway. */
const MEMORY_BYTES = 256 * 1024 * 1024;
/** Opcodes and lengths that change what follows most. */
const TELLING_BYTES = Buffer.from(
  "(.0125BCDJKMNQRTUX]abcdefhijlqrstu}\x80\x85\x8a\x8b\x8d\x8e\x93\x94\x95\x00\xff\x7f",
  "latin1",
);
const FILES = ["reader/zip.pt", "reader/legacy.pt", "reader/cuda.pt"] as const;

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

const MUTATIONS: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  function flipBits(bytes, random) {
    for (let flips = 1 + random(4); flips > 0; flips--) {
      const at = random(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    }
    return bytes;
  },
  function setBytes(bytes, random) {
    for (let count = 1 + random(4); count > 0; count--) {
      bytes[random(bytes.length)] = TELLING_BYTES[random(TELLING_BYTES.length)] ?? 0;
    }
    return bytes;
  },
  function setInteger(bytes, random) {
    const value = [0, 1, 0xffff_ffff, 0x7fff_ffff, bytes.length, random(2 ** 32)][random(6)] ?? 0;
    bytes.writeUInt32LE(value, random(bytes.length - 4));
    return bytes;
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random(bytes.length));
  },
  function insert(bytes, random) {
    const [at, length] = [random(bytes.length), 1 + random(16)];
    const inserted = Buffer.from(Array.from({ length }, () => TELLING_BYTES[random(TELLING_BYTES.length)] ?? 0));
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
  },
  function moveBlock(bytes, random) {
    const [from, to, length] = [random(bytes.length), random(bytes.length), 1 + random(64)];
    bytes.copy(bytes, to, from, Math.min(bytes.length, from + length));
    return bytes;
  },
  function remove(bytes, random) {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(32))]);
  },
];

/** Every tensor that can be reached must lie inside its storage, and every storage inside the file. */
function check({ root, places }: TorchContent, size: number): void {
  for (const { offset, length, deflated } of places.values()) {
    expect(offset >= 0 && offset + (deflated?.length ?? length) <= size).toBe(true);
  }
  const seen = new Set<TorchValue>();
  const waiting = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (value instanceof TorchTensor) {
      const place = places.get(value.storage.key);
      const last = value.shape.reduce(
        (sum, extent, axis) => sum + (extent - 1) * (value.stride[axis] ?? 0),
        value.offset,
      );
      expect(value.shape.includes(0) || (last + 1) * itemSize(value.dtype) <= (place?.length ?? -1)).toBe(true);
    } else if (!seen.has(value)) {
      seen.add(value);
      waiting.push(...(value instanceof Map ? value.values() : Array.isArray(value) ? (value as TorchValue[]) : []));
    }
  }
}

test(`${FILES.length * ROUNDS_PER_FILE} damaged files are read or refused, at once and in little memory`, async () => {
  const before = process.memoryUsage().rss;
  let [read, refused, slowest, peak] = [0, 0, 0, before];
  for (const [fileIndex, file] of FILES.entries()) {
    const sound = readFileSync(original.path(file));
    for (let round = 0; round < ROUNDS_PER_FILE; round++) {
      const random = seeded(fileIndex * ROUNDS_PER_FILE + round);
      const mutate = MUTATIONS[random(MUTATIONS.length)];
      const damaged = mutate?.(Buffer.from(sound), random) ?? sound;
      const begin = performance.now();
      try {
        check(await parseTorchFile(memorySource(damaged)), damaged.length);
        read++;
      } catch (thrown) {
        if (!(thrown instanceof TorchProblem)) {
          throw new Error(`${file}, round ${round} (${mutate?.name ?? ""}): ${String(thrown)}`, { cause: thrown });
        }
        refused++;
      }
      slowest = Math.max(slowest, performance.now() - begin);
      peak = round % 500 === 0 ? Math.max(peak, process.memoryUsage().rss) : peak;
    }
  }
  expect(slowest).toBeLessThan(LONGEST_ROUND_MS);
  expect(peak - before).toBeLessThan(MEMORY_BYTES);
  // Damage to weights alone is none to the reader, damage to the rest is found: both happen.
  expect(Math.min(read, refused)).toBeGreaterThan(1000);
});
