/** What of the texts is lost: what is cut off at the end, what the vocabulary has no piece for, and what the model never saw. */
import type { PromptTokens } from "../../engine/components/prompt-embeds.js";
import { wordsBeyond } from "../../loading/known-words.js";
import { quoted, quotedList } from "../../text/quote.js";
import type { Encoding } from "../../tokenizer/tokenizer.js";

/** A sentence about the words of the prompts that a model of few words does not know. */
export function wordsNotLearned(
  known: ReadonlySet<string> | undefined,
  { prompts }: PromptTokens,
  texts: readonly string[],
): string[] {
  if (known === undefined) {
    return [];
  }
  // What cannot be read at all is said already.
  const words = texts.flatMap((text, index) => {
    const unread = prompts[index]?.unknownTexts.join(" ") ?? "";
    return wordsBeyond(known, text).filter((word) => !unread.includes(word));
  });
  return words.length === 0
    ? []
    : [
        `this small model was never taught ${quotedList([...new Set(words)])}; this fetches the full one: kandinsky3 pull ${FULL_MODEL}`,
      ];
}

/** One sentence for each loss. */
export function lostText({ prompts, negativePrompts }: PromptTokens): string[] {
  return [
    ...prompts.flatMap((text) => losses("the prompt", text, "the picture does not depend on the text")),
    ...negativePrompts.flatMap((text) => losses("the negative prompt", text, "it says nothing")),
  ];
}

/** As people type it. */
const FULL_MODEL = "kandinsky-3 --variant fp16";

function losses(what: string, { droppedText, unknownTexts, isUnknown }: Encoding, all: string): string[] {
  const list = quotedList([...new Set(unknownTexts)]);
  return [
    ...(droppedText === undefined ? [] : [`${what} is too long; this part is not used: ${quoted(droppedText)}`]),
    ...(isUnknown
      ? [`the text encoder can read nothing of ${what} (${list}): ${all}`]
      : unknownTexts.length > 0
        ? [`the text encoder cannot read this part of ${what}: ${list}`]
        : []),
  ];
}
