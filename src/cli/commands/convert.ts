/** `kandinsky3 convert`: a model written as a diffusers folder with safetensors. */
import type { Command } from "commander";
import { convertModel } from "../../convert/convert-model.js";
import { Interruption } from "../interruption.js";
import { filledText } from "../options/option-values.js";
import { tableOption } from "../options/table-options.js";
import { Progress } from "../output/progress.js";
import { writeStdout } from "../output/stdout.js";

interface Flags {
  readonly output: string;
  readonly variant?: string;
  readonly dtype?: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

const EXAMPLES = `
The original release (weights/kandinsky3.pt and so on) becomes unet/, unet_inpainting/ and unet_flash/, as far as it has them,
beside the parts that they share. Tensors keep their types, or are rounded to --dtype for the kind of processor at hand.

Examples:
  kandinsky3 convert ~/models/Kandinsky3.1 -o ~/models/kandinsky-3.1
  kandinsky3 convert ~/models/kandinsky-3 --variant fp16 -o ~/models/kandinsky-3-fp16
  kandinsky3 convert ~/models/kandinsky-3 --dtype int8 -o ~/models/kandinsky-3-int8`;

export function addConvert(command: Command): void {
  command
    .argument("<dir>", "folder of the model")
    .requiredOption("-o, --output <dir>", "the folder to make; new or empty", filledText("--output", "a folder"))
    .addOption(tableOption("variant"))
    .addOption(
      tableOption("dtype", "fp32, int8, int4, or a list (text_encoder=int4,unet=int8): what to round weights to"),
    )
    .option("--json", "print one JSON object instead of the folder's name", false)
    .option("--quiet", "print no progress", false)
    .addHelpText("after", EXAMPLES)
    .action(convert);
}

async function convert(dir: string, { output, variant, dtype, json, quiet }: Flags): Promise<void> {
  const progress = new Progress(process.stderr, { quiet, env: process.env });
  using interruption = new Interruption({
    onFirst: () => {
      progress.say("stopping; nothing is left behind");
    },
    kill: () => {
      progress.end();
    },
  });
  try {
    const { files, tensorBytes } = await convertModel(dir, output, {
      variant,
      dtype,
      signal: interruption.signal,
      onNote: (message) => {
        progress.say(`note: ${message}`);
      },
      onProgress: ({ file, writtenBytes, totalBytes }) => {
        const percent = totalBytes === 0 ? 100 : Math.floor((100 * writtenBytes) / totalBytes);
        progress.status(`writing ${file} … ${percent} %`);
      },
    });
    progress.end();
    await writeStdout(json ? `${JSON.stringify({ output, files, tensorBytes }, null, 2)}\n` : `${output}\n`);
  } finally {
    progress.end();
  }
}
