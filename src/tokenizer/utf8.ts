/** Steps through UTF-8 as SentencePiece does: by the lead byte alone (`OneCharLen` in `util.h` of google/sentencepiece). */

/** Bytes of the character that starts with `lead`; 1 for a continuation byte. */
export function sequenceLength(lead: number): number {
  if (lead < 0xc0) {
    return 1;
  }
  if (lead < 0xe0) {
    return 2;
  }
  return lead < 0xf0 ? 3 : 4;
}
