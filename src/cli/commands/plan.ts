/** `kandinsky3 plan`: what a picture will cost on this machine, before anything is fetched. */
import type { Command } from "commander";
import { formatSize } from "../../text/byte-size.js";
import { type DiskPlan, locateModel } from "../../planning/locate-model.js";
import { availableMemory } from "../../planning/available-memory.js";
import { speedHere } from "../../planning/machine-speed.js";
import { type Fit, type ImagePlan, planModel } from "../../planning/plan-model.js";
import { openHub } from "../hub-session.js";
import { type PromptFlags, promptText, readPrompts } from "../options/prompt-source.js";
import { modelName } from "../options/option-values.js";
import { optionsFromFlags, tableOption } from "../options/table-options.js";
import { OPTION_ROWS, type OptionName, plannedSchema } from "../../pipeline/request/option-table.js";
import { formatSeconds, Progress } from "../output/progress.js";
import { writeStdout } from "../output/stdout.js";

interface Flags extends Pick<PromptFlags, "prompt" | "negativePrompt"> {
  readonly json: boolean;
  readonly quiet: boolean;
}

const FIRST: readonly OptionName[] = ["variant", "revision", "width", "height"];
const OWN_HELP: Partial<Record<OptionName, string>> = {
  variant: "which weight files, as fp16",
  revision: "branch, tag or commit (default: main)",
  guidanceScale: "above 1 every step runs twice",
};

const EXAMPLES = `
Sizes come from the Hub's listing and from the files' headers; times from a few seconds of measuring here. docs/planning.md says
how close the estimates are.

Examples:
  kandinsky3 plan kandinsky-3 --variant fp16
  kandinsky3 plan kandinsky-3 "a red house in the snow" --variant fp16
  kandinsky3 plan ~/models/kandinsky-3 --width 512 --height 512 --steps 25`;

export function addPlan(command: Command): void {
  command
    .argument("<model>", "a model's folder, or its name on the Hub", modelName)
    .argument("[prompt...]", 'what the picture shows, to be told what of it is lost; "-" reads it from standard input')
    .option("-p, --prompt <text>", "the prompt, where it is no argument", promptText)
    .addOption(tableOption("negativePrompt"));
  for (const name of plannedNames()) {
    command.addOption(tableOption(name, OWN_HELP[name]));
  }
  command
    .option("--json", "print one JSON object", false)
    .option("--quiet", "print no progress and no notes", false)
    .addHelpText("after", EXAMPLES)
    .action(plan);
}

/** The options that change an estimate: which files and what size before everything else. */
function plannedNames(): OptionName[] {
  const isPlanned = (name: string): name is OptionName => OPTION_ROWS.get(name)?.planned === true;
  const rest = [...OPTION_ROWS.keys()].filter(isPlanned).filter((name) => !FIRST.includes(name));
  return [...FIRST, ...rest];
}

async function plan(model: string, words: readonly string[], flags: Flags): Promise<void> {
  const { json, quiet, negativePrompt } = flags;
  const hasPrompt = words.length > 0 || flags.prompt !== undefined;
  const texts = { prompt: hasPrompt ? (await readPrompts(words, flags))[0] : undefined, negativePrompt };
  const { variant, revision, threads, ...picture } = plannedSchema.parse(optionsFromFlags(plannedSchema, flags));
  const progress = new Progress(process.stderr, { quiet, env: process.env });
  await using client = openHub(progress);
  try {
    progress.status("reading headers …");
    const { name, outline, disk } = await locateModel(client, model, { variant, revision, texts });
    const notes: string[] = [];
    const say = (line: string, message = line): void => {
      notes.push(message);
      progress.say(line);
    };
    const note = (message: string): void => {
      say(`note: ${message}`, message);
    };
    outline.notes.forEach(note);
    progress.status("measuring this machine …");
    const speed = await speedHere(threads, { onNote: note, onUnmeasured: say });
    progress.end();
    const fit = planModel(outline, picture, speed, availableMemory());
    const report = { model: name, disk, ...fit, speed, notes };
    await writeStdout(json ? `${JSON.stringify(report, null, 2)}\n` : formatPlan(name, disk, fit));
  } finally {
    progress.end();
  }
}

const PHASES = {
  text_encoder: "reading the prompt",
  image_encoder: "reading the image",
  unet: "denoising",
  image_decoder: "decoding",
};

function formatPlan(
  name: string,
  disk: DiskPlan | undefined,
  { plan: wanted, fits, availableBytes, alternative }: Fit,
): string {
  const lines = [
    `${name}: ${wanted.width} x ${wanted.height}, ${wanted.numInferenceSteps} steps, ${wanted.dtype}${wanted.guided ? "" : ", without guidance"}`,
  ];
  if (disk !== undefined) {
    const room = disk.downloadBytes <= disk.freeBytes ? "fits" : "does not fit";
    lines.push(
      `disk      ${formatSize(disk.downloadBytes)} to fetch of ${formatSize(disk.bytes)}; ${formatSize(disk.freeBytes)} free in ${disk.cacheFolder}: ${room}`,
    );
  }
  for (const { phase, peakBytes, seconds } of wanted.phases) {
    lines.push(`${PHASES[phase].padEnd(18)} ${formatSize(peakBytes).padStart(9)}  ${formatSeconds(seconds)}`);
  }
  lines.push(
    `memory    ${formatSize(wanted.peakBytes)} at most; ${formatSize(availableBytes)} available: ${fits ? "fits" : "does not fit"}`,
    `time      ${formatSeconds(wanted.secondsPerStep)} a step, ${formatSeconds(wanted.seconds)} in all`,
  );
  if (!fits) {
    lines.push(
      alternative === undefined
        ? `no size of this shape fits; ${largest(wanted)}`
        : `fits: ${flagsOf(alternative, wanted)}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function largest({ phases, peakBytes }: ImagePlan): string {
  const phase = phases.find((candidate) => candidate.peakBytes === peakBytes)?.phase ?? "unet";
  return `${PHASES[phase]} needs the most`;
}

/** The flags that differ from what was wanted. */
function flagsOf({ width, height, dtype, peakBytes, seconds }: ImagePlan, wanted: ImagePlan): string {
  const sides = width === wanted.width && height === wanted.height ? [] : [`--width ${width} --height ${height}`];
  const flags = [...sides, ...(dtype === wanted.dtype ? [] : [`--dtype ${dtype}`])];
  return `${flags.join(" ")} (${formatSize(peakBytes)}, ${formatSeconds(seconds)})`;
}
