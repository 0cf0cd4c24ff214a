/**
 * Text as SentencePiece wants it: rules applied, white space collapsed and trimmed, every space as U+2581, one more in front. Bytes
 * are UTF-8. Reference: `Normalizer::Normalize` in `normalizer.cc` of google/sentencepiece, with the settings of T5.
 */
import type { Charsmap } from "./sentencepiece/charsmap.js";
import { sequenceLength } from "./utf8.js";
import { SPACE_SYMBOL } from "./vocabulary.js";

export interface NormalizedText {
  readonly bytes: Uint8Array;
  /** For each byte, the offset in the input of the character that it comes from. */
  readonly origins: Int32Array;
}

interface Rewritten {
  readonly length: number;
  readonly replacement: Uint8Array;
}

const SPACE = 0x20;
const SYMBOL = Buffer.from(SPACE_SYMBOL);
const REPLACEMENT_CHARACTER = Buffer.from("\ufffd");

export function normalize(input: Uint8Array, charsmap: Charsmap | undefined): NormalizedText {
  const bytes: number[] = [];
  const origins: number[] = [];
  const append = (byte: number, origin: number): void => {
    bytes.push(byte);
    origins.push(origin);
  };
  const appendSpace = (origin: number): void => {
    for (const byte of SYMBOL) {
      append(byte, origin);
    }
  };

  let position = skipLeadingSpaces(input, charsmap);
  if (position < input.length) {
    appendSpace(position);
  }
  let afterSpace = true;
  while (position < input.length) {
    const { length, replacement } = rewriteAt(input, position, charsmap);
    let start = 0;
    while (afterSpace && replacement[start] === SPACE) {
      start++;
    }
    for (const byte of replacement.subarray(start)) {
      if (byte === SPACE) {
        appendSpace(position);
      } else {
        append(byte, position);
      }
    }
    // A character that vanishes leaves the spaces around it adjacent.
    if (start < replacement.length) {
      afterSpace = replacement.at(-1) === SPACE;
    }
    position += length;
  }
  while (endsWithSymbol(bytes)) {
    bytes.length -= SYMBOL.length;
  }
  return { bytes: Uint8Array.from(bytes), origins: Int32Array.from(origins.slice(0, bytes.length)) };
}

function skipLeadingSpaces(input: Uint8Array, charsmap: Charsmap | undefined): number {
  let position = 0;
  while (position < input.length) {
    const { length, replacement } = rewriteAt(input, position, charsmap);
    if (replacement.length !== 1 || replacement[0] !== SPACE) {
      break;
    }
    position += length;
  }
  return position;
}

/** What becomes of the text at `position`: the longest rule's replacement, or the character itself. */
function rewriteAt(input: Uint8Array, position: number, charsmap: Charsmap | undefined): Rewritten {
  const match = charsmap?.match(input, position);
  if (match !== undefined) {
    return match;
  }
  const lead = input[position] as number; // callers stay inside the input
  if ((lead & 0xc0) === 0x80) {
    // Only a rule that ends inside a character leads here.
    return { length: 1, replacement: REPLACEMENT_CHARACTER };
  }
  const length = Math.min(sequenceLength(lead), input.length - position);
  return { length, replacement: input.subarray(position, position + length) };
}

function endsWithSymbol(bytes: readonly number[]): boolean {
  return SYMBOL.every((byte, i) => bytes[bytes.length - SYMBOL.length + i] === byte);
}
