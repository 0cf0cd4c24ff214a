// Seconds per step of the U-Net at the released model's size, with guidance (two passes a step), through the same denoiser that
// pictures are made with. Weights come from scripts/make-random-checkpoint.js.
//
//   node bench/full-unet.js MODEL [--steps 2] [--size 64] [--tokens 20] [--threads 2] [--optimization extended]
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { openWeights } from "../dist/checkpoint/weight-files.js";
import { readNetworkConfig } from "../dist/components/network.js";
import { UNET } from "../dist/components/unet.js";
import { Denoiser } from "../dist/engine/components/denoiser.js";
import { Workplace } from "../dist/engine/residency/workplace.js";
import { InferenceProcess } from "../dist/runtime/inference-process.js";
import { tensor } from "../dist/tensor/tensor.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "2" },
    size: { type: "string", default: "64" },
    tokens: { type: "string", default: "20" },
    threads: { type: "string", default: String(availableParallelism()) },
    optimization: { type: "string", default: "extended" },
  },
});
const [model] = positionals;
if (model === undefined) {
  throw new Error("usage: node bench/full-unet.js MODEL [--steps 2] [--size 64] [--tokens 20] [--threads 2]");
}
const [steps, size, tokens, threads] = [values.steps, values.size, values.tokens, values.threads].map(Number);
const folder = join(model, "unet");
const config = await readNetworkConfig(UNET, join(folder, "config.json"));
const source = await openWeights(folder, "diffusion_pytorch_model");

/** Normal numbers are not needed for a time; a fixed sequence in -1..1 does. */
function numbers(shape, seed) {
  const filled = tensor(shape);
  filled.data.forEach((_, index) => {
    filled.data[index] = Math.sin(index * 12.9898 + seed) * 1.4;
  });
  return filled;
}

const engine = InferenceProcess.start({ threads, optimization: values.optimization });
const seconds = (since) => (performance.now() - since) / 1000;
const gigabytes = (bytes) => (bytes / 1e9).toFixed(1);

const mask = tensor([2, tokens]);
mask.data.fill(1, 0, tokens);
const embeds = numbers([2, tokens, config.encoder_hid_dim], 1);
embeds.data.fill(0, tokens * config.encoder_hid_dim); // The empty text of guidance is all zeros.
const timesteps = Int32Array.from({ length: steps }, (_, index) => 999 - Math.floor((index * 1000) / steps));
const opening = performance.now();
const place = new Workplace(engine, false);
const unet = { network: UNET, config, source };
const opened = await Denoiser.open(place, unet, { height: size, width: size }, timesteps, {
  texts: { embeds, mask },
  form: "encoder_hidden_states",
});
console.log(`open: ${seconds(opening).toFixed(1)} s, peak ${gigabytes(engine.peakBytes)} GB`);

const sample = numbers([1, config.in_channels, size, size], 2);
for (let step = 0; step < steps; step++) {
  const started = performance.now();
  for (const conditioning of opened.conditionings) {
    const [prediction] = await opened.denoiser.predict([{ sample, conditioning, slot: 0 }], step);
    if (!prediction.data.every(Number.isFinite)) {
      throw new Error("the U-Net returned numbers that are not finite");
    }
  }
  console.log(`step ${step + 1}: ${seconds(started).toFixed(2)} s`);
}
console.log(`peak: ${gigabytes(engine.peakBytes)} GB, ${threads} threads, optimization ${values.optimization}`);
await engine.close();
