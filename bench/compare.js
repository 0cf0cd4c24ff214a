// The same part with the same random weights here and in PyTorch, run in turn, so that both see the same machine: ratios are the
// medians of pairs. Weights are made at the released model's dimensions (fewer layers where asked), used and removed.
//
//   node bench/compare.js PART [--python peer/bin/python] [--dtypes fp32,int8] [--pairs 5] [--threads 2] [--size 512]
//       [--tokens 20] [--layers N] [--peer-dtype float32] [--model DIR] [--write]
//
// PART: text_encoder, unet, movq_encode, movq_decode; picture and cold_start run whole commands with the bundled model, ours with
// every --preset. Ratios are of wall time and of processor time; the second holds on a busy
// machine as well. Without --python, an environment of bench/requirements.txt is made in bench/env first. --model takes a folder
// instead of made-up weights; --write adds the table to bench/README.md.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureMachine } from "../dist/planning/machine-speed.js";
import { COMMANDS, ourCommand, peerCommand } from "./compare/commands.js";
import { openNetwork, openPeerNetwork } from "./compare/networks.js";
import { networkParts } from "./compare/parts.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string" },
    dtypes: { type: "string", default: "fp32,int8" },
    pairs: { type: "string", default: "5" },
    threads: { type: "string", default: String(availableParallelism()) },
    size: { type: "string", default: "512" },
    tokens: { type: "string", default: "20" },
    layers: { type: "string" },
    "peer-dtype": { type: "string", default: "float32" },
    model: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const [pairs, threads, size, tokens] = [values.pairs, values.threads, values.size, values.tokens].map(Number);
const [part] = positionals;
const PARTS = networkParts({ size, tokens });
if (!(part in PARTS) && !(part in COMMANDS)) {
  const names = [...Object.keys(PARTS), ...Object.keys(COMMANDS)].join("|");
  throw new Error(`usage: node bench/compare.js ${names} [options], see the head of the file`);
}
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function pythonOf() {
  if (values.python !== undefined) {
    return values.python;
  }
  const python = here("env/bin/python");
  if (!existsSync(python)) {
    execFileSync("python3", ["-m", "venv", here("env")], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "-r", here("requirements.txt")], { stdio: "inherit" });
  }
  return python;
}

/** Opens one side after the other; the peer comes first. */
async function* openNetworks(python, scratch) {
  const model = values.model ?? join(scratch, "model");
  const folder = PARTS[part].network.kind;
  if (values.model === undefined) {
    const layers = values.layers === undefined ? [] : ["--layers", values.layers];
    execFileSync("node", [here("../scripts/make-random-checkpoint.js"), model, "--parts", folder, ...layers]);
  }
  const shared = { part: PARTS[part], model, threads };
  yield openPeerNetwork({ ...shared, python, name: part, dtype: values["peer-dtype"], tokens });
  for (const dtype of values.dtypes.split(",")) {
    yield openNetwork({ ...shared, dtype, scratch });
  }
}

function* openCommands(python, scratch) {
  const model = values.model ?? here("../models/nano");
  const shared = { python, model, scratch, threads, ...COMMANDS[part] };
  yield peerCommand(shared);
  for (const preset of ["exact", "balanced", "fast"]) {
    yield ourCommand({ ...shared, flags: ["--preset", preset] });
  }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] + sorted[Math.floor((sorted.length - 1) / 2)]) / 2;
}

const python = pythonOf();
const scratch = await mkdtemp(join(tmpdir(), "kandinsky3-compare-"));
const opened = [];
try {
  for await (const side of part in PARTS ? openNetworks(python, scratch) : openCommands(python, scratch)) {
    opened.push(side);
  }
  const samples = opened.map(() => []);
  for (let round = 0; round <= pairs; round++) {
    for (const [index, side] of opened.entries()) {
      const sample = await side.run();
      if (round > 0) {
        samples[index].push(sample); // The first round is not timed.
      }
    }
  }
  const { gflops } = opened[1];
  const { productFlopsPerSecond } = await measureMachine(threads);
  const rows = opened.map(({ name }, index) => {
    const ratio = (key) => median(samples[index].map((sample, pair) => samples[0][pair][key] / sample[key])).toFixed(2);
    const [seconds, cpu] = ["seconds", "cpu"].map((key) => median(samples[index].map((sample) => sample[key])));
    const peak = Math.max(...samples[index].map(({ peakBytes }) => peakBytes)) / 1e9;
    const rate = gflops === undefined ? "" : (gflops / cpu).toFixed(0);
    return `| ${name} | ${seconds.toFixed(3)} s | ${cpu.toFixed(3)} s | ${rate} | ${ratio("seconds")} | ${ratio("cpu")} | ${peak.toFixed(2)} GB |`;
  });
  const layers = values.layers === undefined ? "" : `, ${values.layers} layers`;
  const what = part in PARTS ? `${part}${layers}, ${size} x ${size}, ${tokens} tokens` : `${part}, bundled model`;
  const ceiling = `the engine multiplies matrices at ${(productFlopsPerSecond / 1e9).toFixed(0)} GFLOP/s`;
  const table = [
    `### ${what}, ${new Date().toISOString().slice(0, 10)}`,
    "",
    `${gflops === undefined ? "" : `${gflops.toFixed(0)} GFLOP; `}${cpus()[0]?.model.trim()}, ${threads} threads; ${ceiling}; medians of ${pairs} rounds.`,
    "",
    "| program | wall time | processor time | GFLOP per processor second | wall ratio | processor ratio | peak memory |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
  console.log(table);
  if (values.write) {
    appendFileSync(here("README.md"), `\n${table}`);
  }
} finally {
  await Promise.all(opened.map((side) => side.close()));
  await rm(scratch, { recursive: true, force: true });
}
