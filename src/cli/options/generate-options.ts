/** The flags of `kandinsky3 generate`: those of the table of options, and its own. */
import { type Command, Option } from "commander";
import { UsageError } from "../../errors.js";
import { BUNDLED_MODEL } from "../../loading/bundled-model.js";
import { generateSchema, loadingSchema } from "../../pipeline/request/option-table.js";
import { type LoadingOptions, type ParsedOptions, parseLoading, parseOptions } from "../../pipeline/request/options.js";
import { filledText, modelName } from "./option-values.js";
import { type PromptFlags, promptFileName, promptText } from "./prompt-source.js";
import { addTableOptions, optionsFromFlags } from "./table-options.js";

/** The flags that are no plain options of the library. */
export interface OwnFlags extends PromptFlags {
  readonly model: string;
  readonly image?: string;
  readonly mask?: string;
  readonly flash?: boolean;
  readonly output?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly metadata: boolean;
}

export function addGenerateOptions(command: Command): Command {
  command.option("--model <name|dir>", "model to use: a name on the Hub, or a folder", modelName, BUNDLED_MODEL);
  const flash = new Option("--flash", "the four steps of the distilled U-Net, the same as --sampler flash");
  const output = new Option("-o, --output <file|dir|->", "where to: .png .jpg .jpeg .webp .npy").argParser(
    filledText("--output", 'a file, a folder or "-"'),
  );
  command
    .option("-p, --prompt <text>", "the prompt, where it is no argument", promptText)
    .option(
      "--prompt-file <file>",
      'a text file with the prompt, "-" for standard input',
      promptFileName("--prompt-file"),
    )
    .option(
      "--prompts <file>",
      "a text file with a prompt a line, each for pictures of its own",
      promptFileName("--prompts"),
    );
  const negative = new Option("--negative-prompt-file <file>", "a text file with what it does not show").argParser(
    promptFileName("--negative-prompt-file"),
  );
  return addTableOptions(command, { negativePrompt: negative, sampler: flash, device: output })
    .option("--json", "print one JSON object instead of the files' names", false)
    .option("--quiet", "print no progress and no notes", false)
    .option("--no-metadata", "leave the settings out of the pictures");
}

/** What the flags say about opening the model. */
export function loadingOf(flags: OwnFlags): LoadingOptions {
  return parseLoading(optionsFromFlags(loadingSchema, flags));
}

/** What the flags say about the pictures of a prompt. */
export function generationOf(prompt: string, negativePrompt: string | undefined, flags: OwnFlags): ParsedOptions {
  const negative = negativePrompt === undefined ? {} : { negativePrompt };
  const options = parseOptions({ ...optionsFromFlags(generateSchema, flags), prompt, ...negative });
  // A list of seeds asks for as many pictures.
  const images = Array.isArray(options.seed) ? options.seed.length : undefined;
  return { ...options, numImagesPerPrompt: options.numImagesPerPrompt ?? images };
}

/** `--flash` is another word for a sampler. */
export function samplerOf({ sampler }: ParsedOptions, { flash }: OwnFlags): ParsedOptions["sampler"] {
  if (flash === true && sampler !== undefined && sampler !== "flash") {
    throw new UsageError(`--flash: got with --sampler ${sampler}, expected one of them`);
  }
  return flash === true ? "flash" : sampler;
}
