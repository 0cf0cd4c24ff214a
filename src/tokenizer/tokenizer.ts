/** The door of this folder: makes a tokenizer out of the files of a model's `tokenizer/` folder. */
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import type { OnNote } from "../files/json-file.js";
import { AddedTokens } from "./added-tokens.js";
import { Charsmap } from "./sentencepiece/charsmap.js";
import { readIfPresent } from "./files.js";
import { parseSentencePieceModel } from "./sentencepiece/sentencepiece-model.js";
import { addedTokensOf, readTokenFiles, type TokenFiles } from "./token-files.js";
import { T5Tokenizer, type Tokenizer } from "./t5-tokenizer.js";
import { parseTokenizerJson } from "./tokenizer-json.js";
import type { Vocabulary } from "./vocabulary.js";

export type { Encoding } from "./encoding.js";
export type { Tokenizer } from "./t5-tokenizer.js";

/**
 * Loads `spiece.model`, or else `tokenizer.json`. The former comes first where both exist: it is what the checkpoints were
 * released with, and it tells control pieces from pieces of text, which the latter leaves to be guessed.
 */
export async function loadTokenizer(folder: string, onNote?: OnNote): Promise<Tokenizer> {
  const model = join(folder, "spiece.model");
  const modelBytes = await readIfPresent(model);
  if (modelBytes !== undefined) {
    return build(parseSentencePieceModel(modelBytes, model), await readTokenFiles(folder, onNote));
  }
  const json = join(folder, "tokenizer.json");
  const jsonBytes = await readIfPresent(json);
  if (jsonBytes !== undefined) {
    const { vocabulary, added } = parseTokenizerJson(jsonBytes, json, onNote);
    return build(vocabulary, { ...(await readTokenFiles(folder, onNote)), added });
  }
  throw new CheckpointError(`${folder}: has no tokenizer, expected the file spiece.model or tokenizer.json in it.`);
}

function build(vocabulary: Vocabulary, files: TokenFiles): Tokenizer {
  const { file } = vocabulary;
  const charsmap = vocabulary.charsmap === undefined ? undefined : new Charsmap(vocabulary.charsmap, file);
  const added = new AddedTokens(addedTokensOf(files, vocabulary), file);
  return new T5Tokenizer(vocabulary, charsmap, added, {
    eosId: requireId(added, files.eos, file),
    padId: requireId(added, files.pad, file),
  });
}

function requireId(added: AddedTokens, content: string, file: string): number {
  const id = added.idOf(content);
  if (id === undefined) {
    throw new CheckpointError(`${file}: lacks the token ${JSON.stringify(content)}, expected it among its tokens.`);
  }
  return id;
}
