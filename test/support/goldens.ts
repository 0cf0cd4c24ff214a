/** The reference outputs of `test/fixtures/`: the manifest's cases by kind, and their arrays. */
import { readFileSync } from "node:fs";
import { parseNpy, type NpyArray } from "../../src/tensor/npy.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";

const DIFFUSERS = new URL("../fixtures/diffusers/", import.meta.url);

/** One entry of `cases.json`; the fields depend on `kind`, so each test states the ones it reads. */
export interface GoldenCase {
  readonly id: string;
  readonly kind: string;
}

/** Path of a file of the diffusers fixtures. */
export function diffusersFixture(path: string): string {
  return new URL(path, DIFFUSERS).pathname;
}

/** All cases of one kind, as `Case`. Throws when there is none, so that a renamed kind cannot pass unseen. */
export function casesOf<Case extends GoldenCase>(kind: string): Case[] {
  const manifest = JSON.parse(readFileSync(diffusersFixture("cases.json"), "utf8")) as { cases: Case[] };
  const cases = manifest.cases.filter((entry) => entry.kind === kind);
  if (cases.length === 0) {
    throw new Error(`no golden case of kind ${kind}`);
  }
  return cases;
}

/** Any array of the fixtures in its own type. */
export function goldenArray(path: string): NpyArray {
  return parseNpy(readFileSync(diffusersFixture(path)));
}

/** A floating-point array of the fixtures, as float32. */
export function goldenTensor(path: string): Tensor {
  const { shape, data } = goldenArray(path);
  return tensor(shape, data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>, Number));
}
