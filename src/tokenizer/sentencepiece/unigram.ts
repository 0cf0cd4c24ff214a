/**
 * The most probable cut of a normalized text into pieces. Reference: `Model::EncodeOptimized` in `unigram_model.cc` of
 * google/sentencepiece. Of equally good cuts the one found first is taken, and rounding decides what is equally good: all scores
 * are single precision here, as in SentencePiece 0.2.3. (0.2.0 compared in double what it had stored in single precision, and so
 * cuts one text in some five thousand otherwise.)
 */
import { PieceTrie } from "./piece-trie.js";
import { sequenceLength } from "../utf8.js";
import type { Vocabulary } from "../vocabulary.js";

/** The pieces of a text in order; `starts` are byte offsets in the text. */
export interface Pieces {
  readonly ids: readonly number[];
  readonly starts: readonly number[];
}

/** How much worse than the worst piece a character without a piece is (`kUnkPenalty`). */
const UNKNOWN_PENALTY = 10;
const UNREACHED = -1;

export class UnigramModel {
  readonly #trie = new PieceTrie();
  readonly #scores: Float32Array;
  readonly #unknownId: number;
  readonly #unknownScore: number;

  constructor({ pieces, unknownId }: Vocabulary) {
    this.#scores = Float32Array.from(pieces, ({ score }) => score);
    this.#unknownId = unknownId;
    let worst = Infinity;
    for (const [id, { text, kind }] of pieces.entries()) {
      if (kind === "normal") {
        this.#trie.add(text, id);
        worst = Math.min(worst, this.#scores[id] as number); // one score a piece
      }
    }
    this.#unknownScore = Math.fround(worst - UNKNOWN_PENALTY);
  }

  /** Neighbouring characters without a piece become one unknown piece. */
  encode(text: Uint8Array): Pieces {
    const { startOf, idOf } = this.#bestPath(text);
    const ids: number[] = [];
    const starts: number[] = [];
    for (let end = text.length; end > 0;) {
      const id = idOf[end] as number; // the path passes only through places that were reached
      end = startOf[end] as number;
      if (id === this.#unknownId && ids.at(-1) === id) {
        starts[starts.length - 1] = end;
      } else {
        ids.push(id);
        starts.push(end);
      }
    }
    return { ids: ids.reverse(), starts: starts.reverse() };
  }

  /** For every byte offset: the last piece of the best cut of the text up to there. */
  #bestPath(text: Uint8Array): { startOf: Int32Array; idOf: Int32Array } {
    const best = new Float32Array(text.length + 1);
    const startOf = new Int32Array(text.length + 1).fill(UNREACHED);
    const idOf = new Int32Array(text.length + 1);
    const offer = (start: number, end: number, id: number, score: number): void => {
      if (startOf[end] === UNREACHED || score > (best[end] as number)) {
        best[end] = score;
        startOf[end] = start;
        idOf[end] = id;
      }
    };

    let start = 0;
    while (start < text.length) {
      const soFar = best[start] as number;
      const next = Math.min(start + sequenceLength(text[start] as number), text.length);
      let hasCharacter = false;
      let end = start;
      let node = this.#trie.child(PieceTrie.ROOT, text[end++] as number);
      while (node !== undefined) {
        const id = this.#trie.idAt(node);
        if (id !== undefined) {
          offer(start, end, id, Math.fround((this.#scores[id] as number) + soFar));
          hasCharacter ||= end === next;
        }
        node = end < text.length ? this.#trie.child(node, text[end++] as number) : undefined;
      }
      if (!hasCharacter) {
        offer(start, next, this.#unknownId, Math.fround(this.#unknownScore + soFar));
      }
      start = next;
    }
    return { startOf, idOf };
  }
}
