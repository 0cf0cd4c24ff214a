/**
 * The T5 tokenizer: text to the ids that the text encoder was trained on. Reference: `T5Tokenizer` of transformers 4.x
 * (models/t5/tokenization_t5.py, legacy behaviour), called as Kandinsky 3's `encode_prompt` does: nothing is cleaned or
 * lower-cased, a text that is too long keeps its beginning.
 */
import { InternalError, UsageError } from "../errors.js";
import type { AddedTokens, Segment } from "./added-tokens.js";
import type { Charsmap } from "./sentencepiece/charsmap.js";
import { padEncoding, type Encoding, type PaddedEncoding } from "./encoding.js";
import { normalize } from "./normalizer.js";
import { UnigramModel } from "./sentencepiece/unigram.js";
import { SPACE_SYMBOL, type Vocabulary } from "./vocabulary.js";

/** Tokens that `encode_prompt` of the Kandinsky 3 pipelines keeps of a prompt. */
export const DEFAULT_MAX_LENGTH = 128;
/** How SentencePiece shows an unknown piece. */
const UNKNOWN_TEXT = " \u2047 ";

export interface Tokenizer {
  /** Number of ids: the highest one + 1. The embedding table of a checkpoint may have more rows. */
  readonly vocabSize: number;
  readonly padId: number;
  readonly eosId: number;
  readonly unknownId: number;
  /** The ids of `text`, ended by `</s>`, `maxLength` (128) at most. */
  encode(text: string, maxLength?: number): Encoding;
  /** `encoding` at the length that the reference runs the text encoder with. */
  padTo(encoding: Encoding, length: number): PaddedEncoding;
  /** The text of `ids`, less padding and end tokens. White space and characters that were rewritten do not come back. */
  decode(ids: Iterable<number>): string;
}

export interface SpecialIds {
  readonly eosId: number;
  readonly padId: number;
}

/** Ids of a segment, and where in the whole text each starts. */
interface EncodedSegment {
  readonly ids: readonly number[];
  readonly startOf: (index: number) => number;
}

export class T5Tokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly padId: number;
  readonly eosId: number;
  readonly unknownId: number;
  readonly #vocabulary: Vocabulary;
  readonly #charsmap: Charsmap | undefined;
  readonly #added: AddedTokens;
  readonly #model: UnigramModel;

  constructor(vocabulary: Vocabulary, charsmap: Charsmap | undefined, added: AddedTokens, special: SpecialIds) {
    this.#vocabulary = vocabulary;
    this.#charsmap = charsmap;
    this.#added = added;
    this.#model = new UnigramModel(vocabulary);
    this.vocabSize = Math.max(vocabulary.pieces.length, added.highestId + 1);
    this.padId = special.padId;
    this.eosId = special.eosId;
    this.unknownId = vocabulary.unknownId;
  }

  encode(text: string, maxLength: number = DEFAULT_MAX_LENGTH): Encoding {
    if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
      throw new UsageError(`The longest number of tokens is ${maxLength}, expected a whole number from 1.`);
    }
    const ids: number[] = [];
    let cut = text.length;
    const unknownTexts: string[] = [];
    for (const segment of this.#added.split(text)) {
      const encoded = this.#encodeSegment(text, segment);
      const last = maxLength - 1 - ids.length;
      if (last >= 0 && last < encoded.ids.length) {
        cut = encoded.startOf(last);
      }
      for (const [index, id] of encoded.ids.entries()) {
        const isRead = ids.length < maxLength - 1;
        if (id === this.unknownId && isRead) {
          const end = index + 1 < encoded.ids.length ? encoded.startOf(index + 1) : segment.end;
          unknownTexts.push(text.slice(encoded.startOf(index), end).trim());
        }
        ids.push(id);
      }
    }
    // A text that spells out `</s>` at its end gets no second one, but like any other loses what does not leave room for one.
    const hasEnd = ids.at(-1) === this.eosId;
    const isCut = ids.length > maxLength - 1;
    const kept = isCut ? ids.slice(0, maxLength - 1) : ids;
    const losesWords = isCut && ids.slice(maxLength - 1).some((id) => id !== this.eosId);
    const withEnd = kept.at(-1) === this.eosId ? kept : [...kept, this.eosId];
    return {
      inputIds: Int32Array.from(withEnd),
      droppedText: losesWords ? text.slice(cut).trim() : undefined,
      unknownTexts,
      isUnknown: unknownTexts.length > 0 && withEnd.every((id) => this.#saysNothing(id)),
      tokenCount: ids.length + (hasEnd ? 0 : 1),
    };
  }

  padTo(encoding: Encoding, length: number): PaddedEncoding {
    return padEncoding(encoding, length, this.padId);
  }

  decode(ids: Iterable<number>): string {
    let text = "";
    for (const id of ids) {
      text += this.#textOf(id);
    }
    return text.startsWith(" ") ? text.slice(1) : text;
  }

  #encodeSegment(text: string, { start, end, token }: Segment): EncodedSegment {
    if (token !== undefined) {
      return { ids: [token.id], startOf: () => start };
    }
    // UTF-8 turns a lone surrogate into U+FFFD.
    const input = Buffer.from(text.slice(start, end));
    const normalized = normalize(input, this.#charsmap);
    const { ids, starts } = this.#model.encode(normalized.bytes);
    return {
      ids,
      startOf: (index) => {
        const place = starts[index];
        const origin = place === undefined ? undefined : normalized.origins[place];
        if (origin === undefined) {
          throw new InternalError(`piece ${index} of ${ids.length} of a text has no place in it`);
        }
        return start + input.subarray(0, origin).toString().length;
      },
    };
  }

  /** The mark of a word's beginning is a piece of its own before an unknown one. */
  #saysNothing(id: number): boolean {
    return id === this.unknownId || id === this.eosId || this.#vocabulary.pieces[id]?.text === SPACE_SYMBOL;
  }

  #textOf(id: number): string {
    if (id === this.padId || id === this.eosId) {
      return "";
    }
    if (id === this.unknownId) {
      return UNKNOWN_TEXT;
    }
    const text = this.#added.withId(id)?.content ?? this.#vocabulary.pieces[id]?.text.replaceAll(SPACE_SYMBOL, " ");
    if (text === undefined) {
      throw new UsageError(`Token id ${id} is not in ${this.#vocabulary.file}, expected 0 to ${this.vocabSize - 1}.`);
    }
    return text;
  }
}
