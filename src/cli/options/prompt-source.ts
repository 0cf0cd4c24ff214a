/** Where the prompts of a command line come from: its arguments, a flag, a file, or standard input. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { reasonOf, UsageError } from "../../errors.js";
import { quotedList } from "../../text/quote.js";
import { filledText } from "./option-values.js";

export interface PromptFlags {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly prompts?: string;
  readonly negativePrompt?: string;
  readonly negativePromptFile?: string;
}

/** What the command is given as `-`. */
const STANDARD_INPUT = "-";
/** Far beyond what an encoder reads of a text, and below what would fill the memory. */
const MAX_TEXT_BYTES = 1 << 24;

/** Parsers for commander. */
export const promptText = filledText("--prompt", "a prompt");
export const promptFileName = (flag: string): ((text: string) => string) =>
  filledText(flag, 'a text file, or "-" for standard input');

/**
 * The prompts, of which there are several only in a file with one a line. `words` are the arguments: a prompt whose quotation marks
 * were forgotten comes in several. Throws `UsageError` unless there is exactly one source.
 */
export async function readPrompts(words: readonly string[], flags: PromptFlags): Promise<readonly string[]> {
  const { prompt, promptFile, prompts } = flags;
  const sources = [
    ...(words.length > 0 ? ["the argument"] : []),
    ...(prompt === undefined ? [] : ["--prompt"]),
    ...(promptFile === undefined ? [] : ["--prompt-file"]),
    ...(prompts === undefined ? [] : ["--prompts"]),
  ];
  if (sources.length !== 1) {
    const got = sources.length === 0 ? "none" : sources.join(" and ");
    throw new UsageError(`the prompt: expected one, as in kandinsky3 generate "a red house", got ${got}`);
  }
  if (prompts !== undefined) {
    return linesOf(await readText(prompts, "--prompts"), prompts);
  }
  if (promptFile !== undefined) {
    return [await readFilledText(promptFile, "--prompt-file")];
  }
  if (words.length > 1 && words.some((word) => /\s/.test(word))) {
    throw new UsageError(
      `the prompt: expected one, got ${words.length} (${quotedList(words)}); --prompts reads several from a file`,
    );
  }
  const text = prompt ?? words.join(" ");
  return [words.length === 1 && text === STANDARD_INPUT ? await readFilledText(text, "the prompt") : text];
}

/** The negative prompt, if there is one. Throws `UsageError`. */
export async function readNegativePrompt(flags: PromptFlags): Promise<string | undefined> {
  const { negativePrompt, negativePromptFile: file } = flags;
  if (negativePrompt !== undefined && file !== undefined) {
    throw new UsageError("--negative-prompt-file: got with --negative-prompt, expected one of them");
  }
  const bothFromInput = file === STANDARD_INPUT && [flags.promptFile, flags.prompts].includes(STANDARD_INPUT);
  if (bothFromInput) {
    throw new UsageError('--negative-prompt-file: got "-", from which the prompt is read, expected a file');
  }
  return file === undefined ? negativePrompt : (await readText(file, "--negative-prompt-file")).trim();
}

function linesOf(text: string, file: string): readonly string[] {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length === 0) {
    throw new UsageError(`--prompts: ${JSON.stringify(file)} has no prompt, expected one a line`);
  }
  return lines;
}

async function readFilledText(file: string, name: string): Promise<string> {
  const text = (await readText(file, name)).trim();
  if (text === "") {
    throw new UsageError(`${name}: ${JSON.stringify(file)} is empty, expected a prompt`);
  }
  return text;
}

/** A text in UTF-8 with `\n` for line ends, without a byte-order mark. */
async function readText(file: string, name: string): Promise<string> {
  const quoted = JSON.stringify(file);
  let bytes: Buffer;
  try {
    bytes = file === STANDARD_INPUT ? await buffer(process.stdin) : await readFile(file);
  } catch (thrown) {
    throw new UsageError(`${name}: ${quoted} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new UsageError(`${name}: ${quoted} has ${bytes.length} bytes, expected at most ${MAX_TEXT_BYTES}`);
  }
  try {
    // The decoder takes a byte-order mark away.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n");
    if (text.includes("\0")) {
      throw new UsageError(`${name}: ${quoted} is no text, expected UTF-8`);
    }
    return text;
  } catch (thrown) {
    throw thrown instanceof UsageError
      ? thrown
      : new UsageError(`${name}: ${quoted} is not in UTF-8, expected a text in UTF-8`, { cause: thrown });
  }
}
