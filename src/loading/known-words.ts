/**
 * The words that a small model was trained on, which lie in its `known_words.json` (training/kandinsky3_training/knowledge.py);
 * a model without that file was trained on more than a list can say.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type OnNote, readConfig } from "../files/json-file.js";

/** The file of a model's words. */
export const WORDS_FILE = "known_words.json";

const schema = z.strictObject({ words: z.array(z.string().min(1)) });

/** English words that hold sentences together and show nothing themselves. */
const FUNCTION_WORDS = new Set(
  (
    "a an the this that these those some one there here it its itself is are was be being been has have had having and or but " +
    "with without of in on at by to from for into onto over under up down out off through across along around behind before " +
    "between beside besides beneath among near against inside outside within above below upon toward towards next right left " +
    "top bottom middle center centre front back while as so than then very both each other another same his her their my your " +
    "our which who where when just only also too"
  ).split(" "),
);

/** The words in the model's own file; undefined where it has none. Throws `ConfigError`. */
export async function readKnownWords(folder: string, onNote?: OnNote): Promise<ReadonlySet<string> | undefined> {
  const file = join(folder, WORDS_FILE);
  return existsSync(file)
    ? new Set((await readConfig(file, schema, { onNote })).words.map((word) => word.toLowerCase()))
    : undefined;
}

/** The words of `text` that show something and are not among `known`, each once, as they are written. */
export function wordsBeyond(known: ReadonlySet<string>, text: string): string[] {
  const words = (text.match(/[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)?/gu) ?? []).filter((word) => /\p{L}/u.test(word));
  const isKnown = (word: string): boolean =>
    formsOf(word.toLowerCase()).some((form) => known.has(form) || FUNCTION_WORDS.has(form));
  return [...new Map(words.filter((word) => !isKnown(word)).map((word) => [word.toLowerCase(), word])).values()];
}

/** The word, and what it may be the plural or the genitive of. */
function formsOf(word: string): string[] {
  const plain = word.replace(/['’]s?$/u, "");
  const endings: readonly (readonly [RegExp, string])[] = [
    [/s$/, ""],
    [/es$/, ""],
    [/ies$/, "y"],
  ];
  return [word, plain, ...endings.flatMap(([end, single]) => (end.test(plain) ? [plain.replace(end, single)] : []))];
}
