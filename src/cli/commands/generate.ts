/** `kandinsky3 generate`: pictures from a prompt, from a prompt and a picture, or a part of a picture repainted. */
import type { Command } from "commander";
import { SessionError } from "../../errors.js";
import type { GenerationResult } from "../../pipeline/events.js";
import { type GenerateInputs, Kandinsky3 } from "../../pipeline/kandinsky3.js";
import { Interruption } from "../interruption.js";
import { checkWritable, parseOutput } from "../output/output-target.js";
import { packageVersion } from "../package-info.js";
import { describeRun, type Origin } from "../../pipeline/request/image-record.js";
import { Progress } from "../output/progress.js";
import { readSources } from "../picture-sources.js";
import { writeStdout } from "../output/stdout.js";
import { writeResult } from "../output/write-result.js";
import { addGenerateOptions, generationOf, loadingOf, type OwnFlags, samplerOf } from "../options/generate-options.js";

const EXAMPLES = `
Examples:
  kandinsky3 generate "a red house in the snow"
  kandinsky3 generate "a blue boat" --seed 7 --num-images 4 --output boat.png
  kandinsky3 generate "the same at night" --image boat-0.png --strength 0.6
  kandinsky3 generate "a red star" --image photo.png --mask mask.png --mask-blur 8
  kandinsky3 generate "the sea" --image photo.png --extend left=256,right=256
  kandinsky3 generate "a fox" --model ~/models/kandinsky-3 --variant fp16 --width 768 --height 512
  kandinsky3 generate "a tree" --output - | display`;

export function addGenerate(program: Command): void {
  const command = program
    .command("generate")
    .description("make pictures from a prompt, change a picture, or repaint a part of one")
    .argument("<prompt>", "what the picture shows");
  addGenerateOptions(command).addHelpText("after", EXAMPLES).action(generate);
}

async function generate(prompt: string, flags: OwnFlags): Promise<void> {
  const begin = performance.now();
  const { image, mask, output, json, quiet } = flags;
  const options = generationOf(prompt, flags);
  const { outputType = "image", numImagesPerPrompt = 1, strength } = options;
  const target = parseOutput({ output, outputType, images: numImagesPerPrompt, json });
  await checkWritable(target);
  const sampler = samplerOf(options, flags);
  const source = await readSources({ image, mask, strength });

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
      onNote: (message) => {
        progress.render({ type: "notice", message });
      },
      onQuantization: ({ component: part, dtype, written, total }) => {
        progress.status(`rounding ${part} to ${dtype}, this once … ${Math.floor((100 * written) / total)} %`);
      },
    });
    await using opened = pipe;
    source.notices.forEach((notice) => {
      progress.render({ type: "notice", ...notice });
    });
    const result = await run(opened, { ...options, sampler, ...source.inputs, signal }, progress);
    const origin: Origin = {
      model: opened.name,
      version: packageVersion(),
      dtype: result.dtype,
      ...source.origins,
    };
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
