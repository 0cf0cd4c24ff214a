/** The kinds of settings that a server has: each is read out of texts, wherever those come from. */
import { UsageError } from "../../errors.js";
import { expectedWords, valueFromText } from "../../pipeline/request/options/from-text.js";
import { OPTION_ROWS } from "../../pipeline/request/option-table.js";

/** Throws `UsageError` that begins with `name`. */
type Parse<Value> = (text: string, name: string) => Value;

export interface Setting<Value> {
  /** As commander writes it; without a value it is a switch. */
  readonly flag: string;
  readonly help: string;
  /** Whether it may be given several times. */
  readonly many: boolean;
  /** What holds when it is not given, in words. */
  readonly fallback: string | undefined;
  readonly read: (texts: readonly string[], name: string) => Value;
}

/** `fallback` is what somebody would write who wants the default. */
export function single<Value>(flag: string, help: string, parse: Parse<Value>, fallback: string): Setting<Value> {
  const read = ([text = fallback]: readonly string[], name: string): Value => parse(text, name);
  return { flag, help, many: false, fallback: flag.includes("<") ? fallback : undefined, read };
}

export function optional<Value>(flag: string, help: string, parse: Parse<Value>): Setting<Value | undefined> {
  const read = ([text]: readonly string[], name: string): Value | undefined =>
    text === undefined ? undefined : parse(text, name);
  return { flag, help, many: false, fallback: undefined, read };
}

export function several(flag: string, help: string): Setting<readonly string[]> {
  return {
    flag,
    help,
    many: true,
    fallback: undefined,
    read: (texts, name) => texts.map((text) => filled(text, name)),
  };
}

export const filled: Parse<string> = (text, name) => {
  if (text.trim() === "") {
    throw refused(name, "a text", text);
  }
  return text;
};

export function count(lowest: number, highest: number): Parse<number> {
  return (text, name) => {
    const number = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (!(number >= lowest && number <= highest)) {
      throw refused(name, `a whole number from ${lowest} to ${highest}`, text);
    }
    return number;
  };
}

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  false: false,
  "0": false,
  no: false,
};

export const yes: Parse<boolean> = (text, name) => {
  const known = WORDS[text.trim().toLowerCase()];
  if (known === undefined) {
    throw refused(name, "true or false", text);
  }
  return known;
};

/** One of some words. */
export function word<Word extends string>(...words: readonly Word[]): Parse<Word> {
  return (text, name) => {
    const known = words.find((one) => one === text.trim().toLowerCase());
    if (known === undefined) {
      throw refused(name, words.join(" or "), text);
    }
    return known;
  };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `5m`, `30s`, `2h`, `30d` or seconds. */
export const duration: Parse<number> = (text, name) => {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([smhd]?)$/.exec(text.trim().toLowerCase()) ?? [];
  const factor = UNITS[unit];
  if (number === undefined || factor === undefined) {
    throw refused(name, "a time such as 30s, 5m, 2h or 30d", text);
  }
  return Number(number) * factor;
};

/** A text that an option of the library takes, checked as there. */
export function asOption(option: string): Parse<string> {
  return (text, name) => {
    const row = OPTION_ROWS.get(option);
    row?.check?.(text, name);
    if (row !== undefined && valueFromText(row, text) === undefined) {
      throw refused(name, expectedWords(row), text);
    }
    return text;
  };
}

function refused(name: string, expected: string, got: string): UsageError {
  return new UsageError(`${name}: expected ${expected}, got ${JSON.stringify(got)}`);
}
