// Both sides of a comparison of one network. A side is opened once and runs whenever it is told to; a run tells what it took.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { quantizedContent, schemeMetadata } from "../../dist/checkpoint/quantized/quantized-content.js";
import { readSafetensorsHeader } from "../../dist/checkpoint/safetensors/safetensors.js";
import { writeSafetensors } from "../../dist/checkpoint/safetensors/safetensors-writer.js";
import { openWeights } from "../../dist/checkpoint/weight-files.js";
import { countFlops } from "../../dist/graph/flops.js";
import { probeIntegerKernels } from "../../dist/engine/devices/integer-probe.js";
import { quantizableWeights } from "../../dist/engine/quantization/quantizable-weights.js";
import { readNetworkConfig } from "../../dist/components/network.js";
import { StagedSession } from "../../dist/engine/execution/staged-session.js";
import { InferenceProcess } from "../../dist/runtime/inference-process.js";
import { shapeSize } from "../../dist/tensor/shape.js";

/** Numbers of usual size for an input. */
function madeUp({ dtype, shape }) {
  const length = shapeSize(shape);
  return dtype === "int64"
    ? { shape, data: BigInt64Array.from({ length }, (_, index) => BigInt(index)) }
    : { shape, data: Float32Array.from({ length }, (_, index) => Math.SQRT2 * Math.sin(index)) };
}

/** Processor seconds of a process so far. */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100; // utime and stime, in Linux' hundredths
}

/** The part here. @param {{ part: object, dtype: string, model: string, scratch: string, threads: number }} request */
export async function openNetwork({ part, dtype, model, scratch, threads }) {
  const { network, build } = part;
  const config = await readNetworkConfig(network, join(model, network.kind, "config.json"));
  const engine = InferenceProcess.start({ threads });
  let source = await openWeights(join(model, network.kind), network.weightsBase);
  if (dtype !== "fp32") {
    const scheme = network.schemeOf(dtype, await probeIntegerKernels(engine));
    const keys = quantizableWeights({ network, config, source }, scheme);
    const file = join(scratch, `${dtype}.safetensors`);
    await writeSafetensors(file, quantizedContent(source, keys, scheme), { metadata: schemeMetadata(scheme) });
    source = await readSafetensorsHeader(file);
  }
  const program = build(source, config);
  // As the pipeline opens it.
  const options = network.kind === "movq" ? { memoryPattern: false } : {};
  const session = await StagedSession.open(engine, program, options);
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

/** The part in PyTorch. */
export async function openPeerNetwork({ python, name, part, model, dtype, threads, tokens }) {
  const child = spawn(python, [fileURLToPath(new URL("../compare-peer.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line) => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) {
      throw new Error("the peer ended early");
    }
    return JSON.parse(value);
  };
  await ask(JSON.stringify({ part: name, model, dtype, threads, tokens, ...part.sides }));
  return { name: `PyTorch ${dtype}`, close: () => child.stdin.end(), run: () => ask("run") };
}
