/** The reference outputs of `test/fixtures/`: the manifest's cases by kind, and their arrays. */
import { readFileSync } from "node:fs";
import { parseNpy, type NpyArray } from "../../src/tensor/npy.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";

/** One entry of `cases.json`; the fields depend on `kind`, so each test states the ones it reads. */
export interface GoldenCase {
  readonly id: string;
  readonly kind: string;
}

/** A folder of goldens with its manifest. */
class Goldens {
  readonly #folder: URL;

  constructor(name: string) {
    this.#folder = new URL(`../fixtures/${name}/`, import.meta.url);
  }

  path(file: string): string {
    return new URL(file, this.#folder).pathname;
  }

  /** All cases of one kind. Throws when there is none, so that a renamed kind cannot pass unseen. */
  cases<Case extends GoldenCase>(kind: string): Case[] {
    const manifest = JSON.parse(readFileSync(this.path("cases.json"), "utf8")) as { cases: Case[] };
    const cases = manifest.cases.filter((entry) => entry.kind === kind);
    if (cases.length === 0) {
      throw new Error(`no golden case of kind ${kind}`);
    }
    return cases;
  }

  /** Any array in its own type. */
  array(file: string): NpyArray {
    return parseNpy(readFileSync(this.path(file)));
  }

  /** Any array as float32. */
  tensor(file: string): Tensor {
    const { shape, data } = this.array(file);
    return tensor(shape, data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>, Number));
  }
}

const diffusers = new Goldens("diffusers");

/** The reference outputs of the original repository. */
export const original = new Goldens("original");

/** Path of a file of the diffusers fixtures. */
export function diffusersFixture(path: string): string {
  return diffusers.path(path);
}

/** All cases of one kind of the diffusers fixtures. */
export function casesOf<Case extends GoldenCase>(kind: string): Case[] {
  return diffusers.cases(kind);
}

/** Any array of the diffusers fixtures in its own type. */
export function goldenArray(path: string): NpyArray {
  return diffusers.array(path);
}

/** An array of the diffusers fixtures, as float32. */
export function goldenTensor(path: string): Tensor {
  return diffusers.tensor(path);
}
