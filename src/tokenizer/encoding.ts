/** Token ids of one text, and the fixed length that the reference pads them to. */
import { UsageError } from "../errors.js";

export interface Encoding {
  /** Without padding, the end token included. */
  readonly inputIds: Int32Array;
  /** What was cut off at the end, in the user's words; undefined when nothing was. */
  readonly droppedText: string | undefined;
  /** Parts of the text that the vocabulary has no piece for, in the user's words; an encoder sees the same unknown piece for each. */
  readonly unknownTexts: readonly string[];
  /** Whether nothing but unknown pieces and the end token is left. */
  readonly isUnknown: boolean;
  /** Number of ids before cutting, the end token included. */
  readonly tokenCount: number;
}

export interface PaddedEncoding {
  readonly inputIds: Int32Array;
  /** 1 up to and with the end token, then 0. */
  readonly attentionMask: Int32Array;
}

/** Pads `encoding` with `padId`. Throws `UsageError` when it is longer than `length`. */
export function padEncoding({ inputIds }: Encoding, length: number, padId: number): PaddedEncoding {
  if (inputIds.length > length) {
    throw new UsageError(
      `A text of ${inputIds.length} tokens cannot be padded to ${length}, expected ${length} at most.`,
    );
  }
  const padded = new Int32Array(length).fill(padId);
  padded.set(inputIds);
  return { inputIds: padded, attentionMask: new Int32Array(length).fill(1, 0, inputIds.length) };
}
