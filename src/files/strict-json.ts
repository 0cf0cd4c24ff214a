/**
 * JSON from files that nobody vouches for. `JSON.parse` alone takes the last of two equal keys without a word, and its memory
 * grows with the depth of nesting; both are refused here before it runs. RFC 8259, section 4, leaves duplicate keys undefined;
 * the safetensors format forbids them.
 */
import { quoted } from "../text/quote.js";

/** Configurations and headers nest 3 or 4 levels deep. */
const DEEPEST = 64;

/** What is wrong with a JSON text, as the rest of a sentence that begins with its name. */
export class JsonProblem extends Error {}

/** A JSON object whose keys may be anything, `__proto__` included: reach its members through `entriesOf` or `Object.hasOwn`. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `an array`, `a string`, ..., for messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) {
    return value === null ? "null" : "nothing";
  }
  const kind = Array.isArray(value) ? "array" : typeof value;
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

/** Parses UTF-8 JSON, with or without the byte-order mark that editors put before it. Throws `JsonProblem`. */
export function parseStrictJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new JsonProblem("is not UTF-8 text", { cause: error });
  }
  try {
    refuseDuplicatesAndDepth(text);
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new JsonProblem(syntaxProblem(text, error), { cause: error });
    }
    throw error;
  }
}

/** What `JSON.parse` has against `text`, as the rest of a sentence that begins with its name. */
function syntaxProblem(text: string, { message }: SyntaxError): string {
  const position = / at position (\d+)/.exec(message)?.[1];
  if (/^(?:Unexpected end|Unterminated string)/.test(message) || Number(position) >= text.trimEnd().length) {
    return "is not JSON: it ends in the middle, as a file that was cut short does";
  }
  // The engine's message quotes the text, which may hold terminal control characters.
  return `is not JSON: ${message.replace(/\p{Cc}/gu, "?")}`;
}

/**
 * One pass over the text that knows just enough JSON to find the keys. It need not notice bad syntax: `JSON.parse` comes next.
 */
function refuseDuplicatesAndDepth(text: string): void {
  const open: (Set<string> | undefined)[] = []; // The keys seen in each open object; undefined for an array.
  let expectsKey = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charAt(i)) {
      case "{":
      case "[": {
        expectsKey = text.charAt(i) === "{";
        open.push(expectsKey ? new Set() : undefined);
        if (open.length > DEEPEST) {
          throw new JsonProblem(`nests deeper than ${DEEPEST} levels`);
        }
        break;
      }
      case "}":
      case "]":
        open.pop();
        expectsKey = false;
        break;
      case ",":
        expectsKey = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfString(text, i);
        const keys = open.at(-1);
        if (expectsKey && keys !== undefined) {
          const key = JSON.parse(text.slice(i, end)) as string;
          if (keys.has(key)) {
            throw new JsonProblem(`has the key ${quoted(key)} twice`);
          }
          keys.add(key);
          expectsKey = false;
        }
        i = end - 1;
        break;
      }
      default:
    }
  }
}

/** Index after the closing quote of the string that opens at `start`; the text's length when it never closes. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") {
      backslashes++;
    }
    if (backslashes % 2 === 0) {
      return quote + 1;
    }
  }
  return text.length;
}
