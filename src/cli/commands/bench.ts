/** `kandinsky3 bench`: seconds and GFLOP/s of each part of a model on this machine, beside the engine's own ceiling. */
import type { Command } from "commander";
import { cpus } from "node:os";
import { benchmark, type BenchmarkResult } from "../../benchmark/benchmark.js";
import { resolveModel } from "../../loading/resolve-model.js";
import { processorShare } from "../../runtime/processor-share.js";
import { countUpTo, modelName } from "../options/option-values.js";
import { tableOption } from "../options/table-options.js";
import { writeStdout } from "../output/stdout.js";

interface Flags {
  readonly variant?: string;
  readonly json: boolean;
  readonly width: number;
  readonly height: number;
  readonly threads?: number;
  readonly runs: number;
  readonly profile: boolean;
}

const DEFAULT_SIDE = 512;
const DEFAULT_RUNS = 3;
const MAX_RUNS = 1000;

const EXAMPLES = `
The folder needs no weights: a part that has none is timed with random ones, in a temporary folder.

Examples:
  kandinsky3 bench ~/models/kandinsky-3
  kandinsky3 bench models/nano --width 128 --height 128 --runs 10 --json`;

export function addBench(command: Command): void {
  command
    .argument("<model>", "folder of the model or of its config.json files alone, or a name on the Hub", modelName)
    .addOption(tableOption("variant", "which weight files to take, as fp16"))
    .addOption(tableOption("width").default(DEFAULT_SIDE))
    .addOption(tableOption("height").default(DEFAULT_SIDE))
    .addOption(tableOption("threads", "threads of the engine; all processors when left out"))
    .option("--runs <n>", "timed runs of each part, after one that is not", countUpTo("--runs", MAX_RUNS), DEFAULT_RUNS)
    .option("--profile", "also print the time of each kind of operator", false)
    .option("--json", "print one JSON object", false)
    .addHelpText("after", EXAMPLES)
    .action(bench);
}

async function bench(
  model: string,
  { json, variant, threads = processorShare().threads, ...sizes }: Flags,
): Promise<void> {
  const options = { ...sizes, threads, ...(variant === undefined ? {} : { variant }) };
  const { folder } = await resolveModel(model, { variant });
  const processor = cpus()[0]?.model ?? "unknown processor";
  if (!json) {
    await writeStdout(`${processor}, ${threads} threads, ${sizes.width} x ${sizes.height}, median of ${sizes.runs}\n`);
  }
  const results: BenchmarkResult[] = [];
  for await (const result of benchmark(folder, options)) {
    results.push(result);
    if (!json) {
      await writeStdout(`${formatResult(result)}\n`);
    }
  }
  if (json) {
    const { width, height, runs } = sizes;
    await writeStdout(`${JSON.stringify({ processor, threads, width, height, runs, results }, null, 2)}\n`);
  }
}

function formatResult(result: BenchmarkResult): string {
  const { name, weights, seconds, gflops, gflopsPerSecond, peakBytes, operators = [] } = result;
  const total = operators.reduce((sum, operator) => sum + operator.seconds, 0);
  const lines = operators.map(({ operator, calls, seconds: taken }) =>
    [
      `  ${operator}`.padEnd(34),
      `${calls} calls`.padStart(16),
      `${taken.toFixed(4)} s`.padStart(12),
      `${((100 * taken) / total).toFixed(1)} %`.padStart(9),
    ].join(""),
  );
  const summary = [
    name.padEnd(50),
    `${seconds.toFixed(4)} s`.padStart(12),
    `${gflops.toFixed(1)} GFLOP`.padStart(15),
    `${gflopsPerSecond.toFixed(1)} GFLOP/s`.padStart(15),
    `peak ${(peakBytes / 1e6).toFixed(0)} MB`.padStart(14),
    weights === undefined ? "" : `  ${weights} weights`,
  ].join("");
  return [summary, ...lines].join("\n");
}
