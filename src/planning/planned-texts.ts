/** What the texts of a planned picture lose, and how long they are: from the model's tokenizer, without any weights. */
import { componentPath } from "../loading/model-folder.js";
import type { ModelFolder } from "../loading/layout.js";
import { readKnownWords } from "../loading/known-words.js";
import { contextLength, type PromptTokens, tokenize } from "../engine/components/prompt-embeds.js";
import type { OnNote } from "../files/json-file.js";
import { lostText, wordsNotLearned } from "../pipeline/plan/lost-text.js";
import { type Encoding, loadTokenizer } from "../tokenizer/tokenizer.js";

export interface PlannedTexts {
  readonly prompt?: string | undefined;
  readonly negativePrompt?: string | undefined;
}

/** What is known of texts without running the encoder. */
export interface TextReading {
  /** How many tokens they are padded to, together. */
  readonly positions: number;
  readonly prompt: ReadText;
  /** `undefined` where none is given. */
  readonly negativePrompt: ReadText | undefined;
}

export interface ReadText {
  /** That are used, the end mark included. */
  readonly tokens: number;
  /** What is too long to be used. */
  readonly droppedText: string | undefined;
}

/** True where there is anything to read. */
export function hasTexts({ prompt, negativePrompt }: PlannedTexts): boolean {
  return prompt !== undefined || negativePrompt !== undefined;
}

/** Tells what a generation would tell of its texts. Throws as `loadTokenizer` does. */
export async function readTexts(
  folder: ModelFolder,
  { prompt, negativePrompt }: PlannedTexts,
  onNote: OnNote,
): Promise<TextReading> {
  const tokenizer = await loadTokenizer(componentPath(folder, "tokenizer"), onNote);
  const prompts = [prompt ?? ""];
  const tokens: PromptTokens = {
    prompts: tokenize(tokenizer, prompts),
    negativePrompts: tokenize(tokenizer, negativePrompt === undefined ? [] : [negativePrompt]),
  };
  const knownWords = await readKnownWords(folder.path, onNote);
  [...lostText(tokens), ...wordsNotLearned(knownWords, tokens, prompts)].forEach(onNote);
  const read = ({ inputIds, droppedText }: Encoding): ReadText => ({ tokens: inputIds.length, droppedText });
  const [first] = tokens.prompts.map(read);
  return {
    positions: contextLength(tokens.prompts.map(({ inputIds }) => inputIds.length)),
    prompt: first ?? { tokens: 0, droppedText: undefined },
    negativePrompt: tokens.negativePrompts.map(read)[0],
  };
}
