/**
 * What a tokenizer file says, whichever its format: the pieces of a unigram language model and the rules that rewrite text before
 * it is cut into pieces. Reference: `sentencepiece_model.proto` of google/sentencepiece.
 */
import { CheckpointError } from "../errors.js";

/** Stands for white space inside pieces. */
export const SPACE_SYMBOL = "\u2581";

/** `normal` pieces are found in text; `control` pieces only ever come from the program; `unused` ones are never given. */
export type PieceKind = "normal" | "unknown" | "control" | "unused";

export interface Piece {
  readonly text: string;
  /** Natural logarithm of the piece's probability. */
  readonly score: number;
  readonly kind: PieceKind;
}

export interface Vocabulary {
  /** The file it was read from, for messages. */
  readonly file: string;
  /** The index of a piece is its id. */
  readonly pieces: readonly Piece[];
  readonly unknownId: number;
  /** A compiled rule table (see `charsmap.ts`); undefined when text is taken as it is. */
  readonly charsmap: Uint8Array | undefined;
}

/** Longest piece in UTF-16 units. SentencePiece's default limit is 16; time to encode is proportional to the real one. */
const LONGEST_PIECE = 512;

/** Checks the pieces as SentencePiece does on loading. Throws `CheckpointError`. */
export function makeVocabulary(file: string, pieces: readonly Piece[], charsmap: Uint8Array | undefined): Vocabulary {
  const seen = new Set<string>();
  for (const [id, { text, score }] of pieces.entries()) {
    if (text === "" || text.length > LONGEST_PIECE) {
      throw new CheckpointError(`${file}: piece ${id} has ${text.length} characters, expected 1 to ${LONGEST_PIECE}.`);
    }
    if (!Number.isFinite(score)) {
      throw new CheckpointError(`${file}: piece ${id} has the score ${score}, expected a finite number.`);
    }
    if (seen.has(text)) {
      throw new CheckpointError(`${file}: piece ${id}, ${JSON.stringify(text)}, is there twice, expected it once.`);
    }
    seen.add(text);
  }
  const unknown = pieces.flatMap(({ kind }, id) => (kind === "unknown" ? [id] : []));
  const [unknownId] = unknown;
  if (unknownId === undefined || unknown.length > 1) {
    throw new CheckpointError(`${file}: has ${unknown.length} unknown pieces, expected exactly one.`);
  }
  if (!pieces.some(({ kind }) => kind === "normal")) {
    throw new CheckpointError(`${file}: has no normal piece among its ${pieces.length}, expected at least one.`);
  }
  return { file, pieces, unknownId, charsmap };
}
