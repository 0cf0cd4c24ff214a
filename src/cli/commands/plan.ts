/** `kandinsky3 plan`: what a picture will cost on this machine, before anything is fetched. */
import { availableParallelism, freemem, totalmem } from "node:os";
import type { Command } from "commander";
import { formatSize } from "../../text/byte-size.js";
import { type DiskPlan, locateModel } from "../../planning/locate-model.js";
import { measureMachine } from "../../planning/machine-speed.js";
import { type Fit, type PicturePlan, planModel } from "../../planning/plan-model.js";
import { openHub } from "../hub-session.js";
import { filledText, modelName, threadCount } from "../options/option-values.js";
import {
  dtypeOption,
  guidanceScaleOption,
  heightOption,
  stepsOption,
  widthOption,
} from "../options/picture-options.js";
import { formatSeconds, Progress } from "../output/progress.js";
import { writeStdout } from "../output/stdout.js";

interface Flags {
  readonly variant?: string;
  readonly revision?: string;
  readonly width?: number;
  readonly height?: number;
  readonly steps?: number;
  readonly guidanceScale?: number;
  readonly dtype?: string;
  readonly threads?: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

const EXAMPLES = `
Sizes come from the Hub's listing and from the files' headers; times from a few seconds of measuring here. docs/planning.md says
how close the estimates are.

Examples:
  kandinsky3 plan kandinsky-3 --variant fp16
  kandinsky3 plan ~/models/kandinsky-3 --width 512 --height 512 --steps 25`;

export function addPlan(program: Command): void {
  program
    .command("plan")
    .description("say what a picture will cost here, before anything is fetched: disk, memory, time")
    .argument("<model>", "a model's folder, or its name on the Hub", modelName)
    .option("--variant <name>", "which weight files, as fp16", filledText("--variant", "a variant's name"))
    .option("--revision <name>", "branch, tag or commit (default: main)", filledText("--revision", "a revision"))
    .addOption(widthOption())
    .addOption(heightOption())
    .addOption(stepsOption())
    .addOption(guidanceScaleOption("above 1 every step runs twice"))
    .addOption(dtypeOption())
    .option("--threads <n>", "processor threads", threadCount)
    .option("--json", "print one JSON object", false)
    .option("--quiet", "print no progress and no notes", false)
    .addHelpText("after", EXAMPLES)
    .action(plan);
}

async function plan(model: string, flags: Flags): Promise<void> {
  const { variant, revision, width, height, steps, guidanceScale, dtype, json, quiet } = flags;
  const progress = new Progress(process.stderr, { quiet, env: process.env });
  await using client = openHub(progress);
  try {
    progress.status("reading headers …");
    const { name, outline, disk } = await locateModel(client, model, { variant, revision });
    progress.status("measuring this machine …");
    const speed = await measureMachine(flags.threads ?? availableParallelism());
    progress.end();
    const fit = planModel(
      outline,
      { width, height, numInferenceSteps: steps, guidanceScale, dtype },
      speed,
      availableMemory(),
    );
    const report = { model: name, disk, ...fit, speed };
    await writeStdout(json ? `${JSON.stringify(report, null, 2)}\n` : formatPlan(name, disk, fit));
  } finally {
    progress.end();
  }
}

/** What this process and its children may still take: the system's word, or the container's limit. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  // Without a limit the number is 0 or beyond the machine's memory.
  return limit > 0 && limit < totalmem() ? Math.min(limit, freemem()) : freemem();
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

function largest({ phases, peakBytes }: PicturePlan): string {
  const phase = phases.find((candidate) => candidate.peakBytes === peakBytes)?.phase ?? "unet";
  return `${PHASES[phase]} needs the most`;
}

/** The flags that differ from what was wanted. */
function flagsOf({ width, height, dtype, peakBytes, seconds }: PicturePlan, wanted: PicturePlan): string {
  const sides = width === wanted.width && height === wanted.height ? [] : [`--width ${width} --height ${height}`];
  const flags = [...sides, ...(dtype === wanted.dtype ? [] : [`--dtype ${dtype}`])];
  return `${flags.join(" ")} (${formatSize(peakBytes)}, ${formatSeconds(seconds)})`;
}
