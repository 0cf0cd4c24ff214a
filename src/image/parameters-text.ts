/**
 * The text that programs of the A1111 family keep in their pictures and read back: the prompt, `Negative prompt: …`, and one
 * last line of `Key: value` pairs. Reference: stable-diffusion-webui, modules/infotext_utils.py (its reader).
 * The format cannot tell a line of the prompt that begins with `Negative prompt:` from the real one; the exact request is in
 * the picture's JSON.
 */
const NEGATIVE = "Negative prompt:";
/** With fewer pairs the family's readers take the last line for a part of the prompt. */
const FEWEST_PAIRS = 3;
const KEY = /^\w[\w \-/]+$/;
const PAIR = /\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/g;

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
      throw new RangeError(`internal: ${JSON.stringify(key)} as a key of the parameters text`);
    }
    return `${key}: ${quote(String(value))}`;
  });
  if (pairs.length < FEWEST_PAIRS) {
    throw new RangeError(`internal: ${pairs.length} settings in the parameters text, expected ${FEWEST_PAIRS} or more`);
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
  const pairs = [...(lines.at(-1) ?? "").matchAll(PAIR)].map(([, key = "", value = ""]): [string, string] => [
    key,
    unquote(value.trim()),
  ]);
  const words = pairs.length < FEWEST_PAIRS ? lines : lines.slice(0, -1);
  const settings = Object.fromEntries(pairs.length < FEWEST_PAIRS ? [] : pairs);
  const negative = words.findIndex((line) => line.startsWith(NEGATIVE));
  if (negative < 0) {
    return { prompt: words.join("\n"), settings };
  }
  const negativePrompt = words.slice(negative).join("\n").slice(NEGATIVE.length).replace(/^ /, "");
  return { prompt: words.slice(0, negative).join("\n"), negativePrompt, settings };
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
