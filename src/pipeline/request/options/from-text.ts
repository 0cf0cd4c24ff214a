/**
 * Values out of texts, for front ends that get nothing else. They are taken literally or refused: no trailing letters, no exponents, no
 * NaN. What is in range is decided by the row's schema; the words for it come from its bounds.
 */
import { z } from "zod";
import type { OptionRow } from "./row.js";

export const INTEGER = /^[+-]?\d+$/;
export const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;

/** The value that `text` means; `undefined` when it means none, or one that is out of range. */
export function valueFromText({ schema, fromText }: OptionRow, text: string): unknown {
  const value = fromText === undefined ? plainValue(schema, text) : fromText(text);
  return value !== undefined && schema.safeParse(value).success ? value : undefined;
}

/** Whether an option takes one of a few words. */
export function isChoice({ schema }: OptionRow): boolean {
  return schema instanceof z.ZodEnum;
}

/** `a whole number from 1 to 1000`, `ddpm or original or flash`: what the option takes. */
export function expectedWords({ schema, words, hint = "", unit }: OptionRow): string {
  if (words !== undefined) {
    return words;
  }
  if (schema instanceof z.ZodEnum) {
    return `${schema.options.join(" or ")}${hint}`;
  }
  const { type, minimum, maximum, exclusiveMinimum } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const what = `${type === "integer" ? "a whole number" : "a number"}${unit === undefined ? "" : ` of ${unit}`}`;
  return exclusiveMinimum === undefined
    ? `${what} from ${String(minimum)} to ${String(maximum)}${hint}`
    : `${what} above ${exclusiveMinimum} and up to ${String(maximum)}${hint}`;
}

function plainValue(schema: z.ZodType, text: string): unknown {
  if (schema instanceof z.ZodNumber) {
    return (schema.format === "safeint" ? INTEGER : DECIMAL).test(text) ? Number(text) : undefined;
  }
  if (schema instanceof z.ZodEnum) {
    return schema.options.find((word) => String(word).toLowerCase() === text.trim().toLowerCase());
  }
  // An empty text is more likely an unset shell variable than what somebody wants.
  return text === "" ? undefined : text;
}
