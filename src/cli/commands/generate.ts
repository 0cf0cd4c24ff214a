/** `kandinsky3 generate`: pictures from a prompt, from a prompt and a picture, or a part of a picture repainted. */
import type { Command } from "commander";
import { SessionError } from "../../errors.js";
import type { GenerationResult } from "../../pipeline/events.js";
import { type GenerateInputs, Kandinsky3 } from "../../pipeline/kandinsky3.js";
import { loadSharp } from "../../image/sharp.js";
import type { ParsedOptions } from "../../pipeline/request/options.js";
import { Interruption } from "../interruption.js";
import { checkWritable, parseOutput } from "../output/output-target.js";
import { Progress } from "../output/progress.js";
import { writeStdout } from "../output/stdout.js";
import { writeResult } from "../output/write-result.js";
import { readNegativePrompt, readPrompts } from "../options/prompt-source.js";
import { addGenerateOptions, generationOf, loadingOf, type OwnFlags, samplerOf } from "../options/generate-options.js";

const EXAMPLES = `
Examples:
  kandinsky3 generate "a red house in the snow"
  kandinsky3 generate "a blue boat" --seed 7 --num-images 4 --output boat.png
  kandinsky3 generate "the same at night" --image boat-0.png --strength 0.6
  kandinsky3 generate "a red star" --image photo.png --mask mask.png --mask-blur 8
  kandinsky3 generate "the sea" --image photo.png --extend left=256,right=256
  kandinsky3 generate "a fox" --model ~/models/kandinsky-3 --variant fp16 --width 768 --height 512
  kandinsky3 generate --prompts prompts.txt --output pictures/
  kandinsky3 generate "a boat" --seed 7,8,9
  kandinsky3 generate "a tree" --output - | display`;

export function addGenerate(command: Command): void {
  command.argument("[prompt...]", 'what the picture shows; "-" reads it from standard input');
  addGenerateOptions(command).addHelpText("after", EXAMPLES).action(generate);
}

async function generate(words: readonly string[], flags: OwnFlags): Promise<void> {
  const begin = performance.now();
  const { image, mask, output, json, quiet } = flags;
  const prompts = await readPrompts(words, flags);
  const options = generationOf(prompts[0] ?? "", await readNegativePrompt(flags), flags);
  const { outputType = "image", numImagesPerPrompt = 1 } = options;
  const count = prompts.length;
  const target = parseOutput({ output, outputType, images: numImagesPerPrompt, prompts: count, json });
  await checkWritable(target, sizeOnDisk(options, count));
  const sampler = samplerOf(options, flags);

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
      ...loadingOf(flags),
      // One image opens everything for itself alone.
      ...(count === 1 ? { keepAlive: 0 } : {}),
      onNote: (message) => {
        progress.render({ type: "notice", message });
      },
      onQuantization: ({ component: part, dtype, written, total }) => {
        progress.status(`rounding ${part} to ${dtype}, this once … ${Math.floor((100 * written) / total)} %`);
      },
    });
    await using opened = pipe;
    // Arrays are written as the numbers before rounding.
    const numbers = target.kind !== "stdout" && target.format === "npy" && outputType === "image";
    const sources = { ...(image === undefined ? {} : { image }), ...(mask === undefined ? {} : { mask }) };
    const asked = { ...options, ...sources, sampler, outputType: numbers ? ("tensor" as const) : outputType, signal };
    const reports: object[] = [];
    for (const [index, prompt] of prompts.entries()) {
      const result = await run(opened, { ...asked, prompt }, progress);
      const place = { index, count };
      const files = await writeResult(result, { target, place, metadata: flags.metadata, signal });
      const { record: settings, phases } = result;
      reports.push({ files, settings, phases });
      if (!json && target.kind !== "stdout") {
        // Said at once: a run of many prompts may be stopped.
        await writeStdout(files.map((file) => `${file}\n`).join(""));
      }
    }
    if (json) {
      const totalSeconds = (performance.now() - begin) / 1000;
      const report = flags.prompts === undefined ? { ...reports[0], totalSeconds } : { runs: reports, totalSeconds };
      await writeStdout(`${JSON.stringify(report, null, 2)}\n`);
    }
  } finally {
    progress.end();
  }
}

/** The most that the files take, as far as the size is known before the model is. */
function sizeOnDisk({ width = 0, height = 0, numImagesPerPrompt = 1, seed }: ParsedOptions, prompts: number): number {
  const images = prompts * Math.max(numImagesPerPrompt, [seed].flat().length);
  return images * width * height * 3;
}

async function run(pipe: Kandinsky3, inputs: GenerateInputs, progress: Progress): Promise<GenerationResult> {
  for await (const event of pipe.generate(inputs)) {
    progress.render(event);
    if (event.type === "step" && (inputs.outputType ?? "image") === "image") {
      await loadSharp(); // What cannot be saved at the end should not take all the other steps.
    }
    if (event.type === "done") {
      return event.result;
    }
  }
  throw new SessionError("the generation ended without a result");
}
