/**
 * `tokenizer.json`, the format of huggingface/tokenizers: read as the container of the same unigram model. Its normalizer and
 * pre-tokenizer must be those of T5; what they do together is what SentencePiece does, whose rules are then followed in the few
 * texts where the two differ (stacked combining marks, U+0085).
 */
import { z } from "zod";
import { CheckpointError, ConfigError } from "../errors.js";
import type { AddedToken } from "./added-tokens.js";
import { type OnNote, parseConfig, parseJson } from "../files/json-file.js";
import { makeVocabulary, SPACE_SYMBOL, type Vocabulary } from "./vocabulary.js";

const PRECOMPILED = z.object({ type: z.literal("Precompiled"), precompiled_charsmap: z.base64() });
/** Both tidy white space, which is collapsed and trimmed anyway. */
const STRIP = z.object({ type: z.literal("Strip") });
const COLLAPSE = z.object({ type: z.literal("Replace"), pattern: z.object({ Regex: z.literal(" {2,}") }) });
const NORMALIZER = z.discriminatedUnion("type", [
  PRECOMPILED,
  z.object({ type: z.literal("Sequence"), normalizers: z.array(z.union([PRECOMPILED, STRIP, COLLAPSE])) }),
]);

const METASPACE = z.object({
  type: z.literal("Metaspace"),
  replacement: z.literal(SPACE_SYMBOL),
  prepend_scheme: z.literal("always").default("always"),
  add_prefix_space: z.literal(true).default(true),
});
const PRE_TOKENIZER = z.discriminatedUnion("type", [
  METASPACE,
  z.object({
    type: z.literal("Sequence"),
    pretokenizers: z.tuple([z.object({ type: z.literal("WhitespaceSplit") }), METASPACE]),
  }),
]);

const TOKENIZER_JSON = z.strictObject({
  added_tokens: z.array(
    z.object({
      id: z.int32().nonnegative(),
      content: z.string().min(1),
      lstrip: z.boolean(),
      rstrip: z.boolean(),
      single_word: z.literal(false),
    }),
  ),
  normalizer: NORMALIZER.nullable(),
  pre_tokenizer: PRE_TOKENIZER,
  model: z.object({
    type: z.literal("Unigram"),
    unk_id: z.int32().nonnegative(),
    vocab: z.array(z.tuple([z.string(), z.number()])),
    byte_fallback: z.literal(false).default(false),
  }),
});

/** What is done here in other ways, or after the ids. */
const PASSED_OVER = new Set(["version", "truncation", "padding", "post_processor", "decoder"]);

export interface TokenizerJson {
  readonly vocabulary: Vocabulary;
  readonly added: readonly AddedToken[];
}

/** Parses a whole `tokenizer.json`. Throws `ConfigError` when it is no tokenizer of T5's kind, `CheckpointError` for bad pieces. */
export function parseTokenizerJson(bytes: Uint8Array, file: string, onNote?: OnNote): TokenizerJson {
  const {
    added_tokens: added,
    normalizer,
    model,
  } = parseConfig(parseJson(bytes, file), file, TOKENIZER_JSON, {
    passedOver: PASSED_OVER,
    onNote,
  });
  if (model.unk_id >= model.vocab.length) {
    throw new CheckpointError(`${file}: model.unk_id is ${model.unk_id}, expected less than ${model.vocab.length}.`);
  }
  // The format does not say which pieces are control pieces; those that are cut out of the raw text are never found in it.
  const control = new Set(added.map(({ content }) => content));
  const pieces = model.vocab.map(([text, score], id) => ({
    text,
    score,
    kind: id === model.unk_id ? ("unknown" as const) : control.has(text) ? ("control" as const) : ("normal" as const),
  }));
  return {
    vocabulary: makeVocabulary(file, pieces, charsmapOf(normalizer, file)),
    added: added.map(({ content, id, lstrip, rstrip }) => ({ content, id, lstrip, rstrip })),
  };
}

function charsmapOf(normalizer: z.output<typeof NORMALIZER> | null, file: string): Uint8Array | undefined {
  const steps = normalizer?.type === "Sequence" ? normalizer.normalizers : normalizer === null ? [] : [normalizer];
  const tables = steps.flatMap((step) => (step.type === "Precompiled" ? [step.precompiled_charsmap] : []));
  if (tables.length > 1) {
    throw new ConfigError(`${file}: normalizer has ${tables.length} precompiled tables, expected one at most.`);
  }
  const [table] = tables;
  return table === undefined || table === "" ? undefined : Buffer.from(table, "base64");
}
