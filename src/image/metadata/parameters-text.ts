/**
 * The text that programs of the A1111 family keep in their pictures and read back: the prompt, `Negative prompt: …`, and one
 * last line of `Key: value` pairs. Reference: stable-diffusion-webui, modules/infotext_utils.py (its reader).
 * The format cannot tell a line of the prompt that begins with `Negative prompt:` from the real one; the exact request is in
 * the picture's JSON.
 */
import { InternalError } from "../../errors.js";
const NEGATIVE = "Negative prompt:";
/** With fewer pairs the family's readers take the last line for a part of the prompt. */
const FEWEST_PAIRS = 3;
const KEY = /^\w[\w \-/]+$/;
const PAIR = /\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/y;

export interface ParametersText {
  readonly prompt: string;
  readonly negativePrompt?: string;
  /** In the order of the line: `Steps`, `Sampler`, `CFG scale`, `Seed`, `Size`, `Model`, `Version`. */
  readonly settings: Readonly<Record<string, string | number>>;
}

export interface ParsedParameters {
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly settings: Readonly<Record<string, string>>;
}

export function formatParameters({ prompt, negativePrompt, settings }: ParametersText): string {
  const pairs = Object.entries(settings).map(([key, value]) => {
    if (!KEY.test(key)) {
      throw new InternalError(`${JSON.stringify(key)} as a key of the parameters text`);
    }
    return `${key}: ${quote(String(value))}`;
  });
  if (pairs.length < FEWEST_PAIRS) {
    throw new InternalError(`${pairs.length} settings in the parameters text, expected ${FEWEST_PAIRS} or more`);
  }
  const lines = prompt === "" ? [] : [prompt];
  if (negativePrompt !== undefined) {
    lines.push(`${NEGATIVE} ${negativePrompt}`);
  }
  return [...lines, pairs.join(", ")].join("\n");
}

/** Reads the text of any program of the family. Text that is no such thing is all prompt. */
export function parseParameters(text: string): ParsedParameters {
  const lines = text.split("\n");
  const pairs = readPairs(lines.at(-1) ?? "");
  const words = pairs.length < FEWEST_PAIRS ? lines : lines.slice(0, -1);
  const settings = Object.fromEntries(pairs.length < FEWEST_PAIRS ? [] : pairs);
  const negative = words.findIndex((line) => line.startsWith(NEGATIVE));
  if (negative < 0) {
    return { prompt: words.join("\n"), settings };
  }
  const negativePrompt = words.slice(negative).join("\n").slice(NEGATIVE.length).replace(/^ /, "");
  return { prompt: words.slice(0, negative).join("\n"), negativePrompt, settings };
}

/** A pair begins at the line's start or behind a comma and nowhere else, which keeps the time linear in a line of any length and content. */
function readPairs(line: string): [key: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let start = 0; start < line.length;) {
    PAIR.lastIndex = start;
    const match = PAIR.exec(line);
    if (match === null) {
      const comma = line.indexOf(",", start);
      start = comma < 0 ? line.length : comma + 1;
      continue;
    }
    const [whole, key = "", value = ""] = match;
    pairs.push([key, unquote(value.trim())]);
    start += whole.length;
  }
  return pairs;
}

/** JSON where the plain value would end early, be trimmed, or be taken for JSON itself. */
function quote(value: string): string {
  return /[,:\n\r]|^["\s]|\s$/.test(value) ? JSON.stringify(value) : value;
}

function unquote(value: string): string {
  if (!(value.length > 1 && value.startsWith('"') && value.endsWith('"'))) {
    return value;
  }
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "string" ? parsed : value;
  } catch {
    // Other programs also write values that merely stand in quotation marks.
    return value;
  }
}
