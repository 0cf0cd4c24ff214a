/** `kandinsky3 generate`: pictures from a prompt, or from a prompt and a picture. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import { ImageError, reasonOf, SessionError } from "../../errors.js";
import { readPicture } from "../../image/decode.js";
import type { Pixels } from "../../image/pixels.js";
import { BUNDLED_MODEL } from "../../pipeline/bundled-model.js";
import type { GenerationResult } from "../../pipeline/events.js";
import { type GenerateInputs, Kandinsky3 } from "../../pipeline/kandinsky3.js";
import { MAX_IMAGES, MAX_SIDE } from "../../pipeline/settings.js";
import { Interruption } from "../interruption.js";
import { decimalNumber, dtypeText, filledText, oneOf, seedValue, threadCount, wholeNumber } from "../option-values.js";
import { checkWritable, parseOutput } from "../output-target.js";
import { packageVersion } from "../package-info.js";
import { describeRun, type Origin } from "../picture-record.js";
import { Progress } from "../progress.js";
import { writeStdout } from "../stdout.js";
import { writeResult } from "../write-result.js";

interface Flags {
  readonly model: string;
  readonly variant?: string;
  readonly negativePrompt?: string;
  readonly seed?: bigint;
  readonly steps?: number;
  readonly guidanceScale?: number;
  readonly width?: number;
  readonly height?: number;
  readonly numImages?: number;
  readonly image?: string;
  readonly strength?: number;
  readonly output?: string;
  readonly outputType: "image" | "latent";
  readonly dtype?: string;
  readonly threads?: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly metadata: boolean;
}

const SIDE = `a whole number of pixels from 1 to ${MAX_SIDE}`;

const EXAMPLES = `
Examples:
  kandinsky3 generate "a red house in the snow"
  kandinsky3 generate "a blue boat" --seed 7 --num-images 4 --output boat.png
  kandinsky3 generate "the same at night" --image boat-0.png --strength 0.6
  kandinsky3 generate "a fox" --model ~/models/kandinsky-3 --variant fp16 --width 768 --height 512
  kandinsky3 generate "a tree" --output - | display`;

export function addGenerate(program: Command): void {
  program
    .command("generate")
    .description("make pictures from a prompt, or from a prompt and a picture")
    .argument("<prompt>", "what the picture shows")
    .option("--model <dir>", "folder of the model", filledText("--model", "a model folder"), BUNDLED_MODEL)
    .option("--variant <name>", "which weight files to read, as fp16", filledText("--variant", "a variant's name"))
    .option("--negative-prompt <text>", "what it does not show")
    .option("--seed <n>", "the same seed gives the same picture (default: random)", seedValue)
    .option(
      "--steps <n>",
      "denoising steps",
      wholeNumber("--steps", "numInferenceSteps", "a whole number from 1 to 1000"),
    )
    .option(
      "--guidance-scale <x>",
      "how closely to follow the prompt; one less than the usual CFG scale",
      decimalNumber("--guidance-scale", "guidanceScale", "a number from 0 to 1000"),
    )
    .option("--width <pixels>", "width of the picture", wholeNumber("--width", "width", SIDE))
    .option("--height <pixels>", "height of the picture", wholeNumber("--height", "height", SIDE))
    .option(
      "--num-images <n>",
      "how many pictures to make",
      wholeNumber("--num-images", "numImagesPerPrompt", `a whole number from 1 to ${MAX_IMAGES}`),
    )
    .option("--image <file>", "picture to start from", filledText("--image", "a picture file"))
    .option(
      "--strength <x>",
      "how much of --image is made anew",
      decimalNumber("--strength", "strength", "a number above 0 and up to 1"),
    )
    .option(
      "--dtype <type>",
      "fp32, int8, int4, or a list (text_encoder=int4,unet=int8); as stored when left out",
      dtypeText,
    )
    .option("--device <name>", "what computes", oneOf("--device", ["auto", "cpu"], " (the only ones so far)"), "auto")
    .option(
      "--output <file|dir|->",
      "where to: .png .jpg .jpeg .webp .npy",
      filledText("--output", 'a file, a folder or "-"'),
    )
    .option("--output-type <type>", "image or latent", oneOf("--output-type", ["image", "latent"]), "image")
    .option("--threads <n>", "processor threads", threadCount)
    .option("--json", "print one JSON object instead of the files' names", false)
    .option("--quiet", "print no progress and no notes", false)
    .option("--no-metadata", "leave the settings out of the pictures")
    .addHelpText("after", EXAMPLES)
    .action(generate);
}

async function generate(prompt: string, flags: Flags): Promise<void> {
  const begin = performance.now();
  const { output, outputType, numImages = 1, json, quiet } = flags;
  const target = parseOutput({ output, outputType, images: numImages, json });
  await checkWritable(target);
  const source = flags.image === undefined ? undefined : await readSource(flags.image);

  const progress = new Progress(process.stderr, { quiet, env: process.env });
  let pipe: Kandinsky3 | undefined;
  using interruption = new Interruption({
    onFirst: () => {
      progress.say("stopping after this step; Ctrl-C again stops at once");
    },
    kill: () => {
      progress.end();
      pipe?.kill();
    },
  });
  const { signal } = interruption;
  try {
    pipe = await Kandinsky3.fromPretrained(flags.model, {
      variant: flags.variant,
      threads: flags.threads,
      dtype: flags.dtype,
      signal,
      onQuantization: ({ part, dtype, written, total }) => {
        progress.track(`rounding ${part} to ${dtype}, this once … ${Math.floor((100 * written) / total)} %`);
      },
    });
    await using opened = pipe;
    const origin: Origin = {
      model: opened.name,
      version: packageVersion(),
      dtype: opened.dtype,
      source: source?.origin,
    };
    const result = await run(opened, { ...inputsOf(prompt, flags, source?.pixels), signal }, progress);
    const files = await writeResult(result, { target, origin, metadata: flags.metadata, signal });
    const totalSeconds = (performance.now() - begin) / 1000;
    if (json) {
      const { settings, phases } = result;
      const report = { files, settings: describeRun(settings, origin), phases, totalSeconds };
      await writeStdout(`${JSON.stringify(report, null, 2)}\n`);
    } else if (target.kind !== "stdout") {
      await writeStdout(files.map((file) => `${file}\n`).join(""));
    }
  } finally {
    progress.end();
  }
}

async function run(pipe: Kandinsky3, inputs: GenerateInputs, progress: Progress): Promise<GenerationResult> {
  for await (const event of pipe.generate(inputs)) {
    progress.render(event);
    if (event.type === "done") {
      return event.result;
    }
  }
  throw new SessionError("the generation ended without a result");
}

function inputsOf(prompt: string, flags: Flags, image: Pixels | undefined): GenerateInputs {
  return {
    prompt,
    negativePrompt: flags.negativePrompt,
    seed: flags.seed,
    numInferenceSteps: flags.steps,
    guidanceScale: flags.guidanceScale,
    width: flags.width,
    height: flags.height,
    numImagesPerPrompt: flags.numImages,
    strength: flags.strength,
    outputType: flags.outputType,
    ...(image === undefined ? {} : { image }),
  };
}

/** The picture to start from, and how to know it again. */
async function readSource(file: string): Promise<{ readonly pixels: Pixels; readonly origin: Origin["source"] }> {
  const pixels = await readPicture(file);
  try {
    const sha256 = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    return { pixels, origin: { name: basename(file), sha256 } };
  } catch (thrown) {
    throw new ImageError(`the picture ${JSON.stringify(file)} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
