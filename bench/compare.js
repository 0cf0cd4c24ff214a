// The same part with the same random weights here and in PyTorch, run in turn, so that both see the same machine: ratios are the
// medians of pairs. Weights are made at the released model's dimensions (fewer layers where asked), used and removed.
//
//   node bench/compare.js PART [--python peer/bin/python] [--dtypes fp32,int8] [--pairs 5] [--threads 2] [--size 512]
//       [--tokens 20] [--layers N] [--peer-dtype float32] [--model DIR] [--write]
//
// PART: text_encoder, unet, movq_encode, movq_decode. Ratios are of wall time and of processor time; the second holds on a busy
// machine as well. Without --python, an environment of bench/requirements.txt is made in bench/env first. --model takes a folder
// instead of made-up weights; --write adds the table to bench/README.md.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { quantizedContent, schemeMetadata } from "../dist/checkpoint/quantized-content.js";
import { readSafetensorsHeader } from "../dist/checkpoint/safetensors.js";
import { writeSafetensors } from "../dist/checkpoint/safetensors-writer.js";
import { openWeights } from "../dist/checkpoint/weight-files.js";
import { countFlops } from "../dist/graph/flops.js";
import { readMovqConfig } from "../dist/models/movq/config.js";
import { readT5Config } from "../dist/models/t5/config.js";
import { readUNetConfig } from "../dist/models/unet/config.js";
import * as networks from "../dist/pipeline/benchmark-networks.js";
import { probeIntegerKernels } from "../dist/pipeline/integer-probe.js";
import { quantizableWeights } from "../dist/pipeline/quantizable-weights.js";
import { schemeOf } from "../dist/pipeline/quantized-part.js";
import { StagedSession } from "../dist/pipeline/staged-run.js";
import { InferenceProcess } from "../dist/runtime/inference-process.js";
import { elementCount } from "../dist/tensor/shape.js";

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
const latents = { height: size / 8, width: size / 8 };
const pixels = { height: size, width: size };

/** Of each part: its folder, its weight file, its network, and the size that the peer is given. */
const PARTS = {
  text_encoder: {
    folder: "text_encoder",
    base: "model",
    readConfig: readT5Config,
    build: (source, config) => networks.textEncoderProgram(source, config, tokens),
    sides: {},
  },
  unet: {
    folder: "unet",
    base: "diffusion_pytorch_model",
    readConfig: readUNetConfig,
    build: (source, config) => networks.unetPrograms(source, config, latents, tokens).step,
    sides: latents,
  },
  movq_encode: {
    folder: "movq",
    base: "diffusion_pytorch_model",
    readConfig: readMovqConfig,
    build: (source, config) => networks.movqEncoderProgram(source, config, pixels),
    sides: pixels,
  },
  movq_decode: {
    folder: "movq",
    base: "diffusion_pytorch_model",
    readConfig: readMovqConfig,
    build: (source, config) => networks.movqDecoderProgram(source, config, latents),
    sides: latents,
  },
};
if (!(part in PARTS)) {
  throw new Error(`usage: node bench/compare.js ${Object.keys(PARTS).join("|")} [options], see the head of the file`);
}
const { folder, base, readConfig, build, sides } = PARTS[part];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Numbers of usual size for an input. */
function madeUp({ dtype, shape }) {
  const length = elementCount(shape);
  return dtype === "int64"
    ? { shape, data: BigInt64Array.from({ length }, (_, index) => BigInt(index)) }
    : { shape, data: Float32Array.from({ length }, (_, index) => Math.SQRT2 * Math.sin(index)) };
}

/** Processor seconds of a process so far. */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100; // utime and stime, in Linux' hundredths
}

async function openOurs(dtype, model, config, scratch) {
  const engine = InferenceProcess.start({ threads });
  let source = await openWeights(join(model, folder), base);
  if (dtype !== "fp32") {
    const scheme = schemeOf(folder, dtype, await probeIntegerKernels(engine));
    const keys = quantizableWeights(source, [build(source, config)], dtype === "int4" ? 32 : undefined);
    const file = join(scratch, `${dtype}.safetensors`);
    await writeSafetensors(file, quantizedContent(source, keys, scheme), { metadata: schemeMetadata(scheme) });
    source = await readSafetensorsHeader(file);
  }
  const program = build(source, config);
  const session = await StagedSession.open(engine, program);
  const feeds = Object.fromEntries(program.inputs.map((input) => [input.name, madeUp(input)]));
  return {
    name: `kandinsky3 ${dtype}`,
    gflops: countFlops(program) / 1e9,
    close: () => engine.close(),
    run: async () => {
      const [started, processor] = [performance.now(), processorSeconds(engine.pid)];
      await session.run(feeds);
      const seconds = (performance.now() - started) / 1000;
      return { seconds, cpu: processorSeconds(engine.pid) - processor, peakBytes: engine.peakBytes };
    },
  };
}

async function openPeer(python, model) {
  const child = spawn(python, [here("compare-peer.py")], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line) => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) {
      throw new Error("the peer ended early");
    }
    return JSON.parse(value);
  };
  await ask(JSON.stringify({ part, model, dtype: values["peer-dtype"], threads, tokens, ...sides }));
  return { name: `PyTorch ${values["peer-dtype"]}`, close: () => child.stdin.end(), run: () => ask("run") };
}

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

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] + sorted[Math.floor((sorted.length - 1) / 2)]) / 2;
}

const python = pythonOf();
const scratch = await mkdtemp(join(tmpdir(), "kandinsky3-compare-"));
const opened = [];
try {
  const model = values.model ?? join(scratch, "model");
  if (values.model === undefined) {
    const layers = values.layers === undefined ? [] : ["--layers", values.layers];
    execFileSync("node", [here("../scripts/make-random-checkpoint.js"), model, "--parts", folder, ...layers]);
  }
  const config = await readConfig(join(model, folder, "config.json"));
  opened.push(await openPeer(python, model));
  for (const dtype of values.dtypes.split(",")) {
    opened.push(await openOurs(dtype, model, config, scratch));
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
  const gflops = opened[1].gflops;
  const rows = opened.map(({ name }, index) => {
    const ratio = (key) => median(samples[index].map((sample, pair) => samples[0][pair][key] / sample[key])).toFixed(2);
    const [seconds, cpu] = ["seconds", "cpu"].map((key) => median(samples[index].map((sample) => sample[key])));
    const peak = Math.max(...samples[index].map(({ peakBytes }) => peakBytes)) / 1e9;
    const rate = (gflops / cpu).toFixed(0);
    return `| ${name} | ${seconds.toFixed(3)} s | ${cpu.toFixed(3)} s | ${rate} | ${ratio("seconds")} | ${ratio("cpu")} | ${peak.toFixed(2)} GB |`;
  });
  const what = `${part}${values.layers === undefined ? "" : `, ${values.layers} layers`}, ${size} x ${size}, ${tokens} tokens`;
  const table = [
    `### ${what}, ${new Date().toISOString().slice(0, 10)}`,
    "",
    `${gflops.toFixed(0)} GFLOP; ${cpus()[0]?.model.trim()}, ${threads} threads, medians of ${pairs} rounds.`,
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
