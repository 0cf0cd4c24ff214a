/**
 * `added_tokens.json`, `special_tokens_map.json` and `tokenizer_config.json`: which tokens lie outside the language model and which
 * of them end or pad a text. Each file may be absent; T5's defaults are then those of `T5Tokenizer` in transformers 4.x
 * (models/t5/tokenization_t5.py).
 */
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError, ConfigError } from "../errors.js";
import type { OnNote } from "../files/json-file.js";
import type { AddedToken } from "./added-tokens.js";
import { readJsonIfPresent } from "./files.js";
import type { Vocabulary } from "./vocabulary.js";

/** Number of `<extra_id_k>` where no file says it. */
const EXTRA_IDS = 100;
const MOST_EXTRA_IDS = 10_000;
const EXTRA_ID = /^<extra_id_\d+>$/;

const TOKEN_ID = z.int32().nonnegative();
const TOKEN_NAME = z
  .union([z.string().min(1), z.object({ content: z.string().min(1) })])
  .transform((name) => (typeof name === "string" ? name : name.content));

const SPECIAL_TOKENS = z.strictObject({
  eos_token: TOKEN_NAME.nullish(),
  pad_token: TOKEN_NAME.nullish(),
  unk_token: TOKEN_NAME.nullish(),
  additional_special_tokens: z.array(TOKEN_NAME).nullish(),
});
const TOKENIZER_CONFIG = SPECIAL_TOKENS.extend({
  tokenizer_class: z.enum(["T5Tokenizer", "T5TokenizerFast"]).nullish(),
  extra_ids: z.int().nonnegative().max(MOST_EXTRA_IDS).nullish(),
  added_tokens_decoder: z
    .record(
      z.string().regex(/^\d{1,9}$/),
      z.object({
        content: z.string().min(1),
        lstrip: z.boolean().default(false),
        rstrip: z.boolean().default(false),
        single_word: z.literal(false).default(false),
      }),
    )
    .nullish(),
});
/** Keys of the two files above that change no ids. Reference: transformers, PreTrainedTokenizerBase and T5Tokenizer. */
const PASSED_OVER = new Set(
  (
    "add_bos_token add_eos_token add_prefix_space added_tokens_serialization_format auto_map backend bos_token chat_template " +
    "clean_up_tokenization_spaces cls_token device_map extra_special_tokens from_slow is_local legacy mask_token " +
    "max_length model_input_names model_max_length model_specific_special_tokens name_or_path pad_to_multiple_of pad_token_type_id " +
    "padding_side processor_class sep_token sp_model_kwargs special_tokens_map_file split_special_tokens stride " +
    "tokenizer_file truncation_side truncation_strategy use_fast verbose vocab_file"
  ).split(" "),
);
const ADDED_TOKENS = z.record(z.string().min(1), TOKEN_ID);

export interface TokenFiles {
  readonly folder: string;
  /** Names of the special tokens. */
  readonly eos: string;
  readonly pad: string;
  readonly unknown: string;
  readonly additional: readonly string[];
  /** Number of extra ids to make up when `added` is undefined. */
  readonly extraIds: number;
  /** The tokens that files list with their ids; undefined when no file does. */
  readonly added: readonly AddedToken[] | undefined;
}

export async function readTokenFiles(folder: string, onNote?: OnNote): Promise<TokenFiles> {
  const reading = { passedOver: PASSED_OVER, onNote };
  const config = await readJsonIfPresent(join(folder, "tokenizer_config.json"), TOKENIZER_CONFIG, reading);
  const map = await readJsonIfPresent(join(folder, "special_tokens_map.json"), SPECIAL_TOKENS, reading);
  const file = join(folder, "added_tokens.json");
  const list = await readJsonIfPresent(file, ADDED_TOKENS);
  const decoder = config?.added_tokens_decoder;
  return {
    folder,
    eos: config?.eos_token ?? map?.eos_token ?? "</s>",
    pad: config?.pad_token ?? map?.pad_token ?? "<pad>",
    unknown: config?.unk_token ?? map?.unk_token ?? "<unk>",
    additional: [...(config?.additional_special_tokens ?? []), ...(map?.additional_special_tokens ?? [])],
    extraIds: config?.extra_ids ?? EXTRA_IDS,
    added: decoder || list ? mergeAdded(Object.entries(decoder ?? {}), Object.entries(list ?? {}), file) : undefined,
  };
}

/** The decoder of `tokenizer_config.json` knows more than `added_tokens.json`, which must not contradict it. */
function mergeAdded(
  decoder: readonly [string, Omit<AddedToken, "id">][],
  list: readonly [string, number][],
  file: string,
): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  for (const [id, { content, lstrip, rstrip }] of decoder) {
    tokens.set(content, { content, id: Number(id), lstrip, rstrip });
  }
  for (const [content, id] of list) {
    const known = tokens.get(content);
    if (known !== undefined && known.id !== id) {
      throw new ConfigError(
        `${file}: ${JSON.stringify(content)} has the id ${id}, expected ${known.id} as in tokenizer_config.json.`,
      );
    }
    const strips = EXTRA_ID.test(content);
    tokens.set(content, known ?? { content, id, lstrip: strips, rstrip: strips });
  }
  return [...tokens.values()];
}

/** All tokens to cut out of texts: those that files list, the special ones, and T5's extra ids where no file lists any. */
export function addedTokensOf(files: TokenFiles, vocabulary: Vocabulary): AddedToken[] {
  const { pieces } = vocabulary;
  const listed = files.added ?? madeUpExtraIds(files.extraIds, pieces.length);
  const tokens = new Map(listed.map((token) => [token.content, token]));
  for (const { content, id } of listed) {
    const piece = pieces[id];
    if (piece !== undefined && piece.text !== content) {
      throw new ConfigError(
        `${files.folder}: the token ${JSON.stringify(content)} has the id ${id}, which is the piece ${JSON.stringify(piece.text)} in ${vocabulary.file}.`,
      );
    }
  }
  const idsOfPieces = new Map(pieces.map(({ text }, id) => [text, id]));
  for (const content of [files.eos, files.pad, files.unknown, ...files.additional]) {
    if (!tokens.has(content)) {
      const id = idsOfPieces.get(content);
      if (id === undefined) {
        throw new CheckpointError(
          `${vocabulary.file}: lacks the token ${JSON.stringify(content)}, expected it there or in added_tokens.json.`,
        );
      }
      tokens.set(content, { content, id, lstrip: false, rstrip: false });
    }
  }
  return [...tokens.values()];
}

/** `<extra_id_0>` is the last of all ids, the others count down from it. */
function madeUpExtraIds(count: number, pieces: number): AddedToken[] {
  return Array.from({ length: count }, (_, k) => ({
    content: `<extra_id_${k}>`,
    id: pieces + count - 1 - k,
    lstrip: true,
    rstrip: true,
  }));
}
