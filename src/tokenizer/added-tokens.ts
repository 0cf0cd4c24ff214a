/**
 * Tokens beside the language model's own: `</s>`, `<pad>`, `<unk>` and the extra ids. They are cut out of the raw text before the
 * rest of it is normalized. Reference: `PreTrainedTokenizer.tokenize` and `Trie.split` in transformers 4.x
 * (tokenization_utils.py).
 */
import { ConfigError } from "../errors.js";

export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Eats the white space on its left. */
  readonly lstrip: boolean;
  /** Eats the white space on its right. */
  readonly rstrip: boolean;
}

/** A part of the text: an added token, or what lies between two of them. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly token: AddedToken | undefined;
}

export class AddedTokens {
  readonly #byContent: ReadonlyMap<string, AddedToken>;
  readonly #byId: ReadonlyMap<number, AddedToken>;
  readonly #pattern: RegExp;

  /** Throws `ConfigError` naming `file` when two tokens share an id. */
  constructor(tokens: readonly AddedToken[], file: string) {
    this.#byContent = new Map(tokens.map((token) => [token.content, token]));
    this.#byId = new Map(tokens.map((token) => [token.id, token]));
    const twin = tokens.find((token) => this.#byId.get(token.id) !== token);
    if (twin !== undefined) {
      const other = this.#byId.get(twin.id)?.content ?? "";
      throw new ConfigError(
        `${file}: the tokens ${JSON.stringify(twin.content)} and ${JSON.stringify(other)} both have the id ${twin.id}, expected different ones.`,
      );
    }
    // Of the tokens that start at one place the longest counts.
    const alternatives = [...this.#byContent.keys()]
      .sort((a, b) => b.length - a.length)
      .map((content) => content.replace(/[\\^$.*+?()[\]{}|/-]/gu, "\\$&"));
    this.#pattern = new RegExp(alternatives.length === 0 ? "$^" : alternatives.join("|"), "g");
  }

  /** Highest id of a token, -1 when there is none. */
  get highestId(): number {
    return [...this.#byId.keys()].reduce((highest, id) => Math.max(highest, id), -1);
  }

  withId(id: number): AddedToken | undefined {
    return this.#byId.get(id);
  }

  idOf(content: string): number | undefined {
    return this.#byContent.get(content)?.id;
  }

  split(text: string): Segment[] {
    const segments: Segment[] = [];
    let start = 0;
    let stripsLeft = false;
    const addText = (end: number, stripsRight: boolean): void => {
      const from = stripsLeft ? skipSpaces(text, start, end) : start;
      const to = stripsRight ? skipSpacesBack(text, from, end) : end;
      if (from < to) {
        segments.push({ start: from, end: to, token: undefined });
      }
    };
    for (const match of text.matchAll(this.#pattern)) {
      const token = this.#byContent.get(match[0]);
      if (token === undefined) {
        continue;
      }
      addText(match.index, token.lstrip);
      segments.push({ start: match.index, end: match.index + token.content.length, token });
      start = match.index + token.content.length;
      stripsLeft = token.rstrip;
    }
    addText(text.length, false);
    return segments;
  }
}

function skipSpaces(text: string, start: number, end: number): number {
  let position = start;
  while (position < end && isSpace(text.charAt(position))) {
    position++;
  }
  return position;
}

function skipSpacesBack(text: string, start: number, end: number): number {
  let position = end;
  while (position > start && isSpace(text.charAt(position - 1))) {
    position--;
  }
  return position;
}

/** What Python's `str.strip` removes; JavaScript's `\s` lacks the information separators and U+0085, and has U+FEFF. */
function isSpace(character: string): boolean {
  return (
    (character >= "\x1c" && character <= "\x1f") ||
    character === "\x85" ||
    (character !== "\ufeff" && /\s/u.test(character))
  );
}
