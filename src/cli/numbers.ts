/** Strict reading of numbers from the command line: `5x`, an empty text, NaN and Infinity are no numbers. */
import { InvalidArgumentError } from "commander";

/** A parser of whole numbers in a range, for commander. */
export function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= lowest && value <= highest)) {
      throw new InvalidArgumentError(`Expected a whole number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** A parser of decimal numbers in a range, for commander. */
export function decimalNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (!(value >= lowest && value <= highest)) {
      throw new InvalidArgumentError(`Expected a number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** A seed keeps all its digits. Its range is checked with the other options. */
export function seedText(text: string): string {
  if (!/^-?\d+$/.test(text)) {
    throw new InvalidArgumentError("Expected a whole number.");
  }
  return text;
}
