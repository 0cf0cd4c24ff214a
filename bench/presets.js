// What the presets and the data types cost and change, with the bundled model: for each, seconds of the U-Net and of the whole picture,
// PSNR and SSIM against `exact` over 20 prompts, and a contact sheet of the presets. Writes docs/images/presets.webp and prints the tables
// of docs/presets.md and docs/int8.md.
//
//   npm run build && node bench/presets.js [--threads 2] [--steps 25]
import { Buffer } from "node:buffer";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { Kandinsky3, PRESETS } from "../dist/index.js";
import { meanSsim } from "./ssim.js";

const PROMPTS = [
  "a red house in the snow",
  "a blue boat on the beach",
  "a small yellow star at the top at night",
  "a green tree on a light blue background",
  "an orange cat next to a purple circle",
  "a pink flower on the grass",
  "a black bird above a red car on a white background",
  "a white rocket at night",
  "a brown mushroom on the grass",
  "a gray robot on an orange background",
  "a purple umbrella on the beach",
  "a red apple left of a green cup on a yellow background",
  "a blue fish on a pink background",
  "a yellow sun at sunset",
  "a small red heart on the left on a black background",
  "a green pine tree in the snow",
  "a light blue ghost at night",
  "an orange balloon above a brown house on the grass",
  "a black ring on a gray background",
  "a white moon at night",
];
const COLUMNS = 10;

const { values } = parseArgs({
  options: {
    threads: { type: "string", default: String(availableParallelism()) },
    steps: { type: "string", default: "25" },
  },
});
const [threads, steps] = [values.threads, values.steps].map(Number);

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] + sorted[Math.floor((sorted.length - 1) / 2)]) / 2;
}

function psnr(expected, actual) {
  const squares = expected.data.reduce((sum, value, index) => sum + (value - actual.data[index]) ** 2, 0);
  return -10 * Math.log10(Math.max(squares / expected.data.length, 1e-12));
}

/** The released model's own scale: the bundled one needs no guidance, and an interval of it would be nothing. */
const GUIDANCE_SCALE = 3;

const variants = {};
for (const preset of Object.keys(PRESETS)) {
  variants[preset] = {
    pipe: await Kandinsky3.fromPretrained(undefined, { preset, threads }),
    options: {},
    shown: true,
  };
}
const { reuseFeatures, guidanceInterval } = PRESETS.fast;
for (const [name, dtype, options, shown] of [
  // What the released model's presets do to a picture: the same passes, with weights in int8.
  ["fast in int8", "int8", { reuseFeatures, guidanceInterval }, true],
  ["int8", "int8", {}, false],
  ["int4", "int4", {}, false],
  ["movq=int8", "movq=int8", {}, false],
]) {
  variants[name] = { pipe: await Kandinsky3.fromPretrained(undefined, { dtype, threads }), options, shown };
}
const made = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
for (const [seed, prompt] of PROMPTS.entries()) {
  // In turn, so that all of them see the same machine.
  for (const [name, { pipe, options }] of Object.entries(variants)) {
    const inputs = { prompt, seed, numInferenceSteps: steps, guidanceScale: GUIDANCE_SCALE, ...options };
    const { images, phases } = await pipe.textToImage({ ...inputs, outputType: "tensor" });
    const unet = phases.find(({ phase }) => phase === "unet")?.seconds;
    made[name].push({ images, unet, total: phases.reduce((sum, { seconds }) => sum + seconds, 0) });
  }
}

console.log(`${cpus()[0]?.model.trim()}, ${threads} threads, ${steps} steps, medians of ${PROMPTS.length} prompts`);
console.log("| variant | U-Net | picture | U-Net against exact | PSNR, median | lowest | SSIM, median | lowest |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const [name, pictures] of Object.entries(made)) {
  const against = (measure) => pictures.map(({ images }, index) => measure(made.exact[index].images, images));
  const [noise, likeness] = [against(psnr), against(meanSsim)];
  const ratio = median(pictures.map(({ unet }, index) => made.exact[index].unet / unet));
  const [unet, total] = ["unet", "total"].map((key) => median(pictures.map((picture) => picture[key])));
  const quality =
    name === "exact"
      ? "| | | | |"
      : `| ${median(noise).toFixed(1)} dB | ${Math.min(...noise).toFixed(1)} dB | ${median(likeness).toFixed(3)} | ${Math.min(...likeness).toFixed(3)} |`;
  console.log(`| \`${name}\` | ${unet.toFixed(2)} s | ${total.toFixed(2)} s | ${ratio.toFixed(2)} ${quality}`);
}

const side = made.exact[0].images.shape[1];
const sheet = Object.keys(made).filter((name) => variants[name].shown);
const tiles = sheet.flatMap((name, row) =>
  made[name].map(({ images }, index) => ({
    input: Buffer.from(Uint8Array.from(images.data, (value) => Math.round(value * 255))),
    raw: { width: side, height: side, channels: 3 },
    left: (index % COLUMNS) * side,
    top: (Math.floor(index / COLUMNS) * sheet.length + row) * side,
  })),
);
const rows = Math.ceil(PROMPTS.length / COLUMNS) * sheet.length;
await sharp({ create: { width: COLUMNS * side, height: rows * side, channels: 3, background: "white" } })
  .composite(tiles)
  .webp({ quality: 85, effort: 6 })
  .toFile(fileURLToPath(new URL("../docs/images/presets.webp", import.meta.url)));
await Promise.all(Object.values(variants).map(({ pipe }) => pipe[Symbol.asyncDispose]()));
