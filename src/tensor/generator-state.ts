/**
 * The state of PyTorch's CPU generator as `torch.Generator.get_state()` gives it: 5056 bytes, little-endian, whose layout is older than
 * the generator. Reference: ATen/CPUGeneratorImpl.cpp (CPUGeneratorImplStateLegacy and CPUGeneratorImplState).
 */
import { UsageError } from "../errors.js";

export interface GeneratorState {
  /** The 64 bits that it was seeded with. */
  readonly seed: bigint;
  /** The twister's 624 words of 32 bits. */
  readonly words: Uint32Array;
  /** Words that have been taken since they were last made; `undefined` when none ever was. */
  readonly taken: number | undefined;
  /** The second number of a pair of small draws, in double precision. */
  readonly cachedNormal: number | undefined;
}

const BYTES = 5056;
const WORDS = 624;
/** Offsets in the structure. */
const AT = {
  seed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  normal: 5024,
  normalValid: 5040,
  floatValid: 5052,
} as const;

/** The bytes that `torch.Generator.set_state` takes. */
export function formatGeneratorState({ seed, words, taken, cachedNormal }: GeneratorState): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(AT.seed, BigInt.asUintN(64, seed), true);
  view.setInt32(AT.left, taken === undefined ? 1 : WORDS + 1 - taken, true);
  view.setInt32(AT.seeded, 1, true);
  view.setBigUint64(AT.next, BigInt(taken ?? 0), true);
  words.forEach((word, index) => {
    view.setBigUint64(AT.words + 8 * index, BigInt(word), true);
  });
  if (cachedNormal !== undefined) {
    view.setFloat64(AT.normal, cachedNormal, true);
    view.setInt32(AT.normalValid, 1, true);
  }
  return bytes;
}

/** Throws `UsageError` for bytes that are no such state. */
export function parseGeneratorState(bytes: Uint8Array): GeneratorState {
  if (bytes.length !== BYTES) {
    throw refused(`${BYTES} bytes`, `${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [left, seeded, next] = [
    view.getInt32(AT.left, true),
    view.getInt32(AT.seeded, true),
    Number(view.getBigUint64(AT.next, true)),
  ];
  const fresh = left === 1 && next === 0;
  if (seeded !== 1 || !(fresh || (next >= 1 && next <= WORDS && left + next === WORDS + 1))) {
    throw refused("a seeded twister", `${next} words taken and ${left} left`);
  }
  const words = Uint32Array.from({ length: WORDS }, (_, index) => {
    const word = view.getBigUint64(AT.words + 8 * index, true);
    if (word > 0xffff_ffffn) {
      throw refused("words of 32 bits", `${word.toString()} at ${index}`);
    }
    return Number(word);
  });
  const [valid, floatValid] = [view.getInt32(AT.normalValid, true), view.getUint8(AT.floatValid)];
  const normal = view.getFloat64(AT.normal, true);
  if ((valid !== 0 && valid !== 1) || (valid === 1 && !Number.isFinite(normal)) || floatValid !== 0) {
    throw refused("at most one number in double precision kept for later", `flags ${valid} and ${floatValid}`);
  }
  return {
    seed: view.getBigUint64(AT.seed, true),
    words,
    taken: fresh ? undefined : next,
    cachedNormal: valid === 1 ? normal : undefined,
  };
}

function refused(expected: string, got: string): UsageError {
  return new UsageError(`The state of a generator: expected ${expected}, got ${got}.`);
}
