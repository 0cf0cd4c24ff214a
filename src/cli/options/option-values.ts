/** Values of flags that single commands have beside the table of options. */
import { UsageError } from "../../errors.js";

/** A parser for commander: one of a few words, in any case. */
export function oneOf<Word extends string>(flag: string, words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate.toLowerCase() === text.trim().toLowerCase());
    if (word === undefined) {
      throw refused(flag, words.join(" or "), text);
    }
    return word;
  };
}

/** A parser for commander: a whole number from 1 to `most`, without a sign. */
export function countUpTo(flag: string, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(count >= 1 && count <= most)) {
      throw refused(flag, `a whole number from 1 to ${most}`, text);
    }
    return count;
  };
}

/** A parser for commander: any text but none, which is more likely an unset shell variable than what somebody wants. */
export function filledText(flag: string, expected: string): (text: string) => string {
  return (text) => {
    if (text === "") {
      throw refused(flag, expected, text);
    }
    return text;
  };
}

/** `--model`, and the argument that stands for it. */
export const modelName = filledText("--model", "a model folder or a name on the Hub");

function refused(flag: string, expected: string, got: string): UsageError {
  return new UsageError(`${flag}: expected ${expected}, got ${JSON.stringify(got)}`);
}
