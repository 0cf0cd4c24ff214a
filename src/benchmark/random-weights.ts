/**
 * Writes a safetensors file of random weights, of any size in little memory: for benchmarks, where the time of a network does
 * not depend on what its weights are, as long as its numbers stay finite.
 */
import { open, type FileHandle } from "node:fs/promises";
import { itemSize } from "../tensor/dtype.js";
import { encodeHalf } from "../tensor/float16.js";
import { shapeSize, type Shape } from "../tensor/shape.js";
import type { WeightPlan } from "../components/weight-plan.js";

export type RandomDType = "float16" | "float32";

const HEADER_NAMES: Readonly<Record<RandomDType, string>> = { float16: "F16", float32: "F32" };
/** Values that repeat through a tensor. A prime, so that rows of a matrix do not line up with the repetition. */
const POOL_LENGTH = 131_071;
/** How far into the pool each tensor starts after the one before: no two are the same, which an engine could merge. */
const POOL_STRIDE = 104_729;
/** How far norm factors spread around 1, and biases around 0. */
const VECTOR_SPREAD = 0.1;

/** Writes `file` with every tensor of `plan`. Returns the number of weights. */
export async function writeRandomWeights(file: string, plan: WeightPlan, dtype: RandomDType): Promise<number> {
  const handle = await open(file, "w");
  try {
    await handle.writeFile(headerOf(plan, dtype));
    const pools = new PoolsOfScale(dtype);
    let index = 0;
    let total = 0;
    for (const [key, shape] of plan) {
      const { mean, spread } = distributionOf(key, shape);
      await writeRepeated(handle, pools.of(mean, spread), shapeSize(shape), (index++ * POOL_STRIDE) % POOL_LENGTH);
      total += shapeSize(shape);
    }
    return total;
  } finally {
    await handle.close();
  }
}

function headerOf(plan: WeightPlan, dtype: RandomDType): Uint8Array {
  let offset = 0;
  const entries = [...plan].map(([key, shape]) => {
    const start = offset;
    offset += shapeSize(shape) * itemSize(dtype);
    return [key, { dtype: HEADER_NAMES[dtype], shape, data_offsets: [start, offset] }] as const;
  });
  const json = JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) });
  // Spaces align the tensors, as the format's own writer does.
  const body = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const header = new Uint8Array(8 + body.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(body.length), true);
  header.set(body, 8);
  return header;
}

/** Weights keep the variance of what passes through them; the factors of norms are near 1, biases near 0. */
function distributionOf(key: string, shape: Shape): { readonly mean: number; readonly spread: number } {
  if (shape.length < 2) {
    return { mean: key.endsWith("weight") ? 1 : 0, spread: VECTOR_SPREAD };
  }
  const fanIn = shapeSize(shape.slice(1));
  // A power of two, so that few pools serve all tensors.
  return { mean: 0, spread: 2 ** Math.round(Math.log2(fanIn) / -2) };
}

async function writeRepeated(handle: FileHandle, pool: Uint8Array, count: number, start: number): Promise<void> {
  const width = pool.length / POOL_LENGTH;
  let left = count;
  let from = start;
  while (left > 0) {
    const taken = Math.min(left, POOL_LENGTH - from);
    await handle.writeFile(pool.subarray(from * width, (from + taken) * width));
    left -= taken;
    from = 0;
  }
}

/** Stored bytes of one pool of normal numbers, shifted and scaled as asked. */
class PoolsOfScale {
  readonly #normal = normalNumbers(POOL_LENGTH);
  readonly #pools = new Map<string, Uint8Array>();

  constructor(private readonly dtype: RandomDType) {}

  of(mean: number, spread: number): Uint8Array {
    const key = `${mean} ${spread}`;
    const known = this.#pools.get(key);
    if (known !== undefined) {
      return known;
    }
    const values = this.#normal.map((value) => mean + spread * value);
    const stored = this.dtype === "float16" ? encodeHalf(values, "float16") : values;
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    this.#pools.set(key, bytes);
    return bytes;
  }
}

/** Box-Muller over a small generator with a fixed seed (mulberry32), so that a file can be made again. */
function normalNumbers(count: number): Float32Array {
  let state = 1;
  const uniform = (): number => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}
