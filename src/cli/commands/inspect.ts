/** `kandinsky3 inspect`: what a checkpoint holds, from headers and configurations alone. */
import { join } from "node:path";
import type { Command } from "commander";
import { readJson } from "../../checkpoint/json-file.js";
import {
  type ModelFolder,
  openModelFolder,
  openPart,
  partPath,
  type WeightedPart,
} from "../../checkpoint/model-folder.js";
import { type CheckpointSummary, summarize } from "../../checkpoint/summary.js";
import { UsageError } from "../../errors.js";
import { type GraphPart, GRAPH_PARTS, printGraph } from "../../pipeline/print-graph.js";

const PARTS: readonly WeightedPart[] = ["text_encoder", "unet", "unet_inpainting", "unet_flash", "movq"];
const GIGABYTE = 1e9;
const MEGABYTE = 1e6;

interface InspectFlags {
  readonly variant?: string;
  readonly graph?: string;
  readonly json: boolean;
}

interface PartReport extends Omit<CheckpointSummary, "dtypes"> {
  readonly part: WeightedPart;
  readonly dtypes: Readonly<Record<string, number>>;
  readonly config: Readonly<Record<string, unknown>>;
}

export function registerInspect(program: Command): void {
  program
    .command("inspect")
    .description("print parts, dimensions, parameters, types and sizes of a checkpoint without loading it")
    .argument("<dir>", "a folder with a Kandinsky 3 checkpoint")
    .option("--variant <name>", "which weight files to read")
    .option("--graph <part>", `print the emitted graph of ${GRAPH_PARTS.join(", ")}`)
    .option("--json", "print one JSON object", false)
    .action(async (dir: string, flags: InspectFlags) => {
      await inspect(dir, flags);
    });
}

async function inspect(dir: string, flags: InspectFlags): Promise<void> {
  if (flags.graph !== undefined) {
    const part = GRAPH_PARTS.find((name) => name === flags.graph);
    if (part === undefined) {
      throw new UsageError(`--graph is ${JSON.stringify(flags.graph)}, expected ${GRAPH_PARTS.join(" or ")}`);
    }
    process.stdout.write(`${await printGraph(dir, part satisfies GraphPart, flags.variant)}\n`);
    return;
  }
  const folder = await openModelFolder(dir);
  const parts: PartReport[] = [];
  for (const part of PARTS.filter((name) => folder.parts.has(name))) {
    parts.push(await reportPart(folder, part, flags.variant));
  }
  const total = parts.reduce((sum, { parameters }) => sum + parameters, 0);
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ path: folder.path, className: folder.className, parameters: total, parts })}\n`
      : `${[`${folder.className} in ${folder.path}`, ...parts.map(describePart), `${formatCount(total)} parameters together`].join("\n")}\n`,
  );
}

async function reportPart(folder: ModelFolder, part: WeightedPart, variant: string | undefined): Promise<PartReport> {
  const source = await openPart(folder, part, variant === undefined ? {} : { variant });
  const { dtypes, ...summary } = summarize(source);
  const config = (await readJson(join(partPath(folder, part), "config.json"))) as Record<string, unknown>;
  return {
    part,
    ...summary,
    dtypes: Object.fromEntries([...dtypes].map(([dtype, { parameters }]) => [dtype, parameters])),
    config,
  };
}

function describePart({ part, name, tensors, parameters, bytes, files, dtypes, config }: PartReport): string {
  const types = Object.entries(dtypes).map(([dtype, count]) => `${dtype} ${formatCount(count)}`);
  // Numbers and lists of numbers are the dimensions; the rest is switches and names.
  const dimensions = Object.entries(config).filter(
    ([key, value]) =>
      !key.startsWith("_") && (typeof value === "number" || (Array.isArray(value) && typeof value[0] === "number")),
  );
  return [
    `\n${part}: ${formatCount(parameters)} parameters in ${tensors} tensors, ${formatBytes(bytes)} (${types.join(", ")})`,
    `  ${name}${files.length > 1 ? ` (${files.length} files)` : ""}`,
    ...dimensions.map(([key, value]) => `  ${key}: ${Array.isArray(value) ? value.join(" ") : String(value)}`),
  ].join("\n");
}

function formatCount(count: number): string {
  return count >= GIGABYTE ? `${(count / GIGABYTE).toFixed(2)} B` : `${(count / MEGABYTE).toFixed(2)} M`;
}

function formatBytes(bytes: number): string {
  return bytes >= GIGABYTE ? `${(bytes / GIGABYTE).toFixed(2)} GB` : `${(bytes / MEGABYTE).toFixed(1)} MB`;
}
