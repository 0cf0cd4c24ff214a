/** `kandinsky3 generate`: pictures from a prompt, or from a prompt and a picture. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import { readPicture } from "../../image/decode.js";
import { encodePicture } from "../../image/encode.js";
import { pixelsFromTensor } from "../../image/pixels.js";
import { writeAtomically } from "../../image/write-atomically.js";
import type { GenerationResult } from "../../pipeline/events.js";
import { Kandinsky3 } from "../../pipeline/kandinsky3.js";
import { MAX_IMAGES, MAX_SIDE } from "../../pipeline/settings.js";
import { formatNpy } from "../../tensor/npy.js";
import { listenForInterrupt } from "../interrupt.js";
import { decimalNumber, seedText, wholeNumber } from "../numbers.js";
import { type OutputTarget, parseOutput, resultPaths } from "../output-target.js";
import { BUNDLED_MODEL } from "../package-info.js";
import { pictureMetadata } from "../picture-metadata.js";
import { Progress } from "../progress.js";

interface GenerateFlags {
  readonly model: string;
  readonly variant?: string;
  readonly negativePrompt?: string;
  readonly seed?: string;
  readonly steps?: number;
  readonly guidanceScale?: number;
  readonly width?: number;
  readonly height?: number;
  readonly numImages?: number;
  readonly image?: string;
  readonly strength?: number;
  readonly dtype: string;
  readonly device: string;
  readonly threads?: number;
  readonly output?: string;
  readonly outputType: string;
  readonly metadata: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function registerGenerate(program: Command): void {
  program
    .command("generate")
    .description("make pictures from a prompt, or from a prompt and a picture")
    .argument("<prompt>", "what to paint")
    .option("--model <dir>", "a folder with a Kandinsky 3 checkpoint in diffusers' layout", BUNDLED_MODEL)
    .option("--variant <name>", "which weight files to read, as fp16 in model.fp16.safetensors")
    .option("--negative-prompt <text>", "what to keep away from")
    .option("--seed <number>", "the same seed gives the same picture; random when left out", seedText)
    .option("--steps <number>", "denoising steps (default: the model's)", wholeNumber(1, 1000))
    .option("--guidance-scale <number>", "Kandinsky 3's convention, one lower than elsewhere", decimalNumber(0, 1000))
    .option("--width <pixels>", "rounded up to a multiple of 64 (default: the model's)", wholeNumber(1, MAX_SIDE))
    .option("--height <pixels>", "rounded up to a multiple of 64 (default: the model's)", wholeNumber(1, MAX_SIDE))
    .option("--num-images <number>", "pictures to make in one batch", wholeNumber(1, MAX_IMAGES))
    .option("--image <file>", "a picture to start from (PNG, JPEG or WebP)")
    .option("--strength <number>", "how much of that picture is made anew, above 0 to 1", decimalNumber(0, 1))
    .option("--dtype <type>", "what is computed in: fp32", "fp32")
    .option("--device <name>", "what computes: auto or cpu", "auto")
    .option("--threads <number>", "processor threads (default: all)", wholeNumber(1, 1024))
    .option("--output <file|dir|->", "a .png, .jpg, .webp or .npy file, a folder, or - for stdout")
    .option("--output-type <type>", "image or latent", "image")
    .option("--no-metadata", "keep prompt and settings out of the file")
    .option("--json", "print one JSON object instead of paths", false)
    .option("--quiet", "print no progress and no notes", false)
    .action(async (prompt: string, flags: GenerateFlags) => {
      await generate(prompt, flags);
    });
}

async function generate(prompt: string, flags: GenerateFlags): Promise<void> {
  const outputType = oneOf("--output-type", flags.outputType, ["image", "latent"]);
  oneOf("--dtype", flags.dtype, ["fp32"]);
  oneOf("--device", flags.device, ["auto", "cpu"]);
  const target = parseOutput(flags.output, outputType, flags.numImages ?? 1);
  if (target.kind === "stdout" && flags.json) {
    throw new UsageError("--json and --output - both write to stdout, expected one of them");
  }
  const image = flags.image === undefined ? undefined : await readPicture(flags.image);
  const begin = performance.now();
  const progress = new Progress({ quiet: flags.quiet, stream: process.stderr, environment: process.env });
  await using pipe = await Kandinsky3.fromPretrained(flags.model, { variant: flags.variant, threads: flags.threads });
  const interrupt = listenForInterrupt(
    () => {
      pipe.kill();
    },
    (message) => {
      progress.note(message);
    },
  );
  try {
    const events = pipe.generate({
      prompt,
      outputType,
      signal: interrupt.signal,
      ...present("negativePrompt", flags.negativePrompt),
      ...present("seed", flags.seed),
      ...present("numInferenceSteps", flags.steps),
      ...present("guidanceScale", flags.guidanceScale),
      ...present("width", flags.width),
      ...present("height", flags.height),
      ...present("numImagesPerPrompt", flags.numImages),
      ...present("image", image),
      ...present("strength", flags.strength),
    });
    for await (const event of events) {
      progress.show(event);
      if (event.type === "done") {
        const files = await write(event.result, target, prompt, pipe.name, flags);
        report(event.result, files, (performance.now() - begin) / 1000, flags.json);
      }
    }
  } finally {
    progress.clear();
    interrupt.dispose();
  }
}

/** Writes the results and returns their paths. */
async function write(
  result: GenerationResult,
  target: OutputTarget,
  prompt: string,
  model: string,
  flags: GenerateFlags,
): Promise<readonly string[]> {
  const { settings } = result;
  const files = await encodeResults(result, target.format, (index) =>
    flags.metadata ? pictureMetadata(settings, model, flags.variant, index) : undefined,
  );
  if (target.kind === "stdout") {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(Buffer.concat(files), (error) => {
        if (error) {
          reject(error);
        } else {
          resolve();
        }
      });
    });
    return [];
  }
  const paths = resultPaths(target, prompt, settings.seeds[0] ?? 0n, files.length);
  for (const [index, path] of paths.entries()) {
    await writeAtomically(path, files[index] ?? new Uint8Array());
  }
  return paths;
}

/** One file for each picture; arrays go into one file together. */
async function encodeResults(
  { images, latents }: GenerationResult,
  format: OutputTarget["format"],
  metadata: (index: number) => ReturnType<typeof pictureMetadata> | undefined,
): Promise<readonly Uint8Array[]> {
  if (format === "npy") {
    return [formatNpy(images ?? latents)];
  }
  if (images === undefined) {
    throw new Error("internal: latents in a picture's file");
  }
  return Promise.all(pixelsFromTensor(images).map((pixels, index) => encodePicture(pixels, format, metadata(index))));
}

function report(
  { settings, phases }: GenerationResult,
  files: readonly string[],
  totalSeconds: number,
  json: boolean,
): void {
  if (json) {
    const seeds = settings.seeds.map(String);
    process.stdout.write(`${JSON.stringify({ files, settings: { ...settings, seeds }, phases, totalSeconds })}\n`);
  } else {
    process.stdout.write(files.map((file) => `${file}\n`).join(""));
  }
}

function present<Name extends string, T>(name: Name, value: T | undefined): Partial<Record<Name, T>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, T>);
}

function oneOf<const Choice extends string>(flag: string, value: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) {
    throw new UsageError(`${flag} is ${JSON.stringify(value)}, expected ${choices.join(" or ")}`);
  }
  return found;
}
