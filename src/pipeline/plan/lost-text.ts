/** What of the texts does not reach the text encoder: what is cut off at the end, and what its vocabulary has no piece for. */
import type { PromptTokens } from "../../engine/components/prompt-embeds.js";
import { quoted, quotedList } from "../../text/quote.js";
import type { Encoding } from "../../tokenizer/tokenizer.js";

/** One sentence for each loss. */
export function lostText({ prompts, negativePrompts }: PromptTokens): string[] {
  return [
    ...prompts.flatMap((text) => losses("the prompt", text, "the picture does not depend on the text")),
    ...negativePrompts.flatMap((text) => losses("the negative prompt", text, "it says nothing")),
  ];
}

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
