/**
 * A precompiled character map: SentencePiece's normalization rules as one double-array trie. Layout: uint32 size of the trie, its
 * 32-bit units, then the replacements, each ended by a NUL byte. References: `normalizer.cc` of google/sentencepiece and
 * `DoubleArrayUnit` of s-yata/darts-clone.
 *
 * A rule table comes from a file that nobody vouches for, so the whole trie is walked once on loading; `match` need not check.
 */
import { CheckpointError } from "../../errors.js";

export interface RuleMatch {
  /** Bytes of the text that the rule rewrites. */
  readonly length: number;
  readonly replacement: Uint8Array;
}

/** Longest rule and replacement in bytes. Unicode's own need 33; without a bound a made-up table could blow up any text. */
const LONGEST = 256;
/** darts-clone lays units out in blocks of this many, so that an offset with any byte added stays in its block. */
const BLOCK = 256;
/** Set in a unit that holds a value instead of a transition. */
const IS_VALUE = 0x8000_0000;

const NONE = -1;
const UNSEEN = 0;
const OPEN = 1;
const DONE = 2;

export class Charsmap {
  readonly #units: Uint32Array;
  readonly #replacements: Uint8Array;

  /** Throws `CheckpointError` naming `file` unless every rule of the table can be followed. */
  constructor(bytes: Uint8Array, file: string) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const trieBytes = bytes.length < 4 ? 0 : view.getUint32(0, true);
    if (trieBytes === 0 || trieBytes % (4 * BLOCK) !== 0 || 4 + trieBytes >= bytes.length) {
      throw new CheckpointError(
        `${file}: its normalization table of ${bytes.length} bytes claims a trie of ${trieBytes}, expected a multiple of ${4 * BLOCK} that leaves room for replacements.`,
      );
    }
    this.#units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + trieBytes);
    if (this.#replacements.at(-1) !== 0) {
      throw new CheckpointError(`${file}: its normalization table ends inside a replacement, expected a NUL byte.`);
    }
    this.#validate(file);
  }

  /** The longest rule that matches `text` at `start`. */
  match(text: Uint8Array, start: number): RuleMatch | undefined {
    let base = baseOf(0, this.#unit(0));
    let length = 0;
    let value = NONE;
    for (let i = start; i < text.length; i++) {
      const byte = text[i] as number; // i is below the length
      const position = base ^ byte;
      const unit = this.#unit(position);
      if (labelOf(unit) !== byte) {
        break;
      }
      base = baseOf(position, unit);
      if (hasValue(unit)) {
        length = i + 1 - start;
        value = valueOf(this.#unit(base));
      }
    }
    return value === NONE ? undefined : { length, replacement: this.#replacement(value) };
  }

  #replacement(start: number): Uint8Array {
    return this.#replacements.subarray(start, this.#replacements.indexOf(0, start));
  }

  #unit(position: number): number {
    return this.#units[position] as number; // `#validate` has seen every position that can be reached
  }

  /**
   * Depth-first over all states that a text can reach. A state is its base: its children are the units whose position is the base
   * with their own label added, so one pass over the units finds the children of all states. States may be shared (the trie is a
   * DAWG), hence the height of each, to know the longest rule.
   */
  #validate(file: string): void {
    const size = this.#units.length;
    const firstChild = new Int32Array(size).fill(NONE);
    const nextSibling = new Int32Array(size);
    for (let position = 0; position < size; position++) {
      const label = labelOf(this.#unit(position));
      if (label < BLOCK) {
        nextSibling[position] = firstChild[position ^ label] as number;
        firstChild[position ^ label] = position;
      }
    }
    const state = new Uint8Array(size);
    const height = new Uint32Array(size);
    const path = [this.#checkedBase(0, file)];
    state[path[0] as number] = OPEN;
    for (let base = path.at(-1); base !== undefined; base = path.at(-1)) {
      const child = firstChild[base] as number;
      if (child === NONE) {
        path.pop();
        state[base] = DONE;
        raise(height, path.at(-1), height[base] as number);
        continue;
      }
      const childBase = this.#checkedBase(child, file);
      if (state[childBase] === OPEN) {
        throw new CheckpointError(`${file}: its normalization table runs in a circle at unit ${child}.`);
      }
      firstChild[base] = nextSibling[child] as number;
      if (state[childBase] === UNSEEN) {
        state[childBase] = OPEN;
        path.push(childBase);
      } else {
        raise(height, base, height[childBase] as number);
      }
    }
    const longest = height[baseOf(0, this.#unit(0))] as number;
    if (longest > LONGEST) {
      throw new CheckpointError(
        `${file}: its normalization table has a rule of ${longest} bytes, expected ${LONGEST} at most.`,
      );
    }
  }

  /** The base of the unit at `position`, which lies inside the trie, as does the value that it may have. */
  #checkedBase(position: number, file: string): number {
    const unit = this.#unit(position);
    const base = baseOf(position, unit);
    if (base >= this.#units.length) {
      throw new CheckpointError(
        `${file}: unit ${position} of its normalization table points to ${base}, expected less than ${this.#units.length}.`,
      );
    }
    if (hasValue(unit)) {
      const value = valueOf(this.#unit(base));
      if (value >= this.#replacements.length || this.#replacement(value).length > LONGEST) {
        throw new CheckpointError(
          `${file}: a replacement of its normalization table starts at ${value}, expected one of up to ${LONGEST} bytes within ${this.#replacements.length}.`,
        );
      }
    }
    return base;
  }
}

/** Raises the height of a state above that of a child. */
function raise(height: Uint32Array, parent: number | undefined, child: number): void {
  if (parent !== undefined) {
    height[parent] = Math.max(height[parent] as number, child + 1);
  }
}

/** The byte that leads to a unit; above 255 for one that holds a value. */
function labelOf(unit: number): number {
  return (unit & (IS_VALUE | 0xff)) >>> 0;
}

/** Where the children of the unit at `position` start. A large offset is stored without its low eight bits. */
function baseOf(position: number, unit: number): number {
  return (position ^ ((unit >>> 10) << ((unit & 0x200) >>> 6))) >>> 0;
}

function hasValue(unit: number): boolean {
  return (unit & 0x100) !== 0;
}

function valueOf(unit: number): number {
  return unit & 0x7fff_ffff;
}
