/**
 * Values of command-line options, taken literally or refused: no trailing letters, no exponents, no NaN. What is in range is
 * decided by the schema of the library's options; the words here only say it.
 */
import { UsageError } from "../../errors.js";
import { parseByteSize } from "../../text/byte-size.js";
import { parsePrecision } from "../../components/precision.js";
import { type GenerateOptions, generateSchema } from "../../pipeline/request/options.js";

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const MAX_THREADS = 1024;

type NumberOption =
  | "numInferenceSteps"
  | "guidanceScale"
  | "width"
  | "height"
  | "numImagesPerPrompt"
  | "strength"
  | "eta"
  | "batchSize"
  | "reuseFeatures"
  | "maskBlur"
  | "maskPadding";

/** A parser for commander: the value of `flag`, a whole number that the schema accepts as `option`. */
export function wholeNumber(flag: string, option: NumberOption, expected: string): (text: string) => number {
  return (text) => numberOf(flag, option, expected, INTEGER, text);
}

/** As `wholeNumber`, with decimals. */
export function decimalNumber(flag: string, option: NumberOption, expected: string): (text: string) => number {
  return (text) => numberOf(flag, option, expected, DECIMAL, text);
}

/** `left=256,top=128`: pixels to add on each side of a picture. */
export function sidesValue(text: string): NonNullable<GenerateOptions["extend"]> {
  const sides = text.split(",").map((part) => /^(left|top|right|bottom)=(\d+)$/.exec(part.trim()));
  const entries = sides.map((match) => [match?.[1], Number(match?.[2])] as const);
  const extend: unknown = Object.fromEntries(entries.map(([side, pixels]) => [side ?? "", pixels]));
  const parsed = generateSchema.shape.extend.unwrap().safeParse(extend);
  if (!parsed.success || new Set(entries.map(([side]) => side)).size !== entries.length) {
    throw refused("--extend", "sides and whole numbers of pixels, as left=256,top=128", text);
  }
  return parsed.data;
}

/** `0,0.6`: two shares, the first one smaller. */
export function intervalValue(text: string): [number, number] {
  const [from = NaN, to = NaN, ...more] = text.split(",").map((part) => (DECIMAL.test(part) ? Number(part) : NaN));
  const parsed = generateSchema.shape.guidanceInterval.unwrap().safeParse([from, to]);
  if (!parsed.success || more.length > 0) {
    throw refused("--guidance-interval", "two numbers from 0 to 1, the first one smaller, as 0,0.6", text);
  }
  return parsed.data;
}

/** A number of bytes, as the library reads it. */
export function byteSize(text: string): string {
  parseByteSize(text, "--max-memory");
  return text;
}

/** Any 64-bit number, signed or not, as PyTorch takes it. */
export function seedValue(text: string): bigint {
  const seed = INTEGER.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined;
  if (seed === undefined || !generateSchema.shape.seed.safeParse(seed).success) {
    throw refused("--seed", "a whole number of at most 64 bits", text);
  }
  return seed;
}

export function threadCount(text: string): number {
  const threads = INTEGER.test(text) ? Number(text) : NaN;
  if (!(threads >= 1 && threads <= MAX_THREADS)) {
    throw refused("--threads", `a whole number from 1 to ${MAX_THREADS}`, text);
  }
  return threads;
}

/** A parser for commander: one of a few words. */
export function oneOf<Word extends string>(flag: string, words: readonly Word[], hint = ""): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) {
      throw refused(flag, `${words.join(" or ")}${hint}`, text);
    }
    return word;
  };
}

/** A parser for commander: a precision, which the library reads again. */
export function dtypeText(text: string): string {
  parsePrecision(text, "--dtype");
  return text;
}

/** A parser for commander: any text but none, which is more likely an unset shell variable than a wish. */
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

function numberOf(flag: string, option: NumberOption, expected: string, pattern: RegExp, text: string): number {
  const value = pattern.test(text) ? Number(text) : NaN;
  if (!generateSchema.shape[option].safeParse(value).success) {
    throw refused(flag, expected, text);
  }
  return value;
}

function refused(flag: string, expected: string, got: string): UsageError {
  return new UsageError(`${flag}: expected ${expected}, got ${JSON.stringify(got)}`);
}
