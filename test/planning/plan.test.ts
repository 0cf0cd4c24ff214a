/** The estimates of `plan` beside what was measured: peaks of whole generations here, and the full-size U-Net of bench/README.md. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { BUNDLED_MODEL } from "../../src/loading/bundled-model.js";
import { Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import { type MachineSpeed, measureMachine } from "../../src/planning/machine-speed.js";
import { readOutline } from "../../src/planning/model-outline.js";
import { planModel, planImage } from "../../src/planning/plan-model.js";
import { runCli } from "../cli/run-cli.js";
import { TINY_NAME } from "../hub/fake-hub.js";
import { startBench } from "../hub/support.js";
import { diffusersFixture } from "../support/goldens.js";
import { tinyContents } from "./tiny-contents.js";
import { writeReleasedOutline } from "./sparse-checkpoint.js";

/** Round numbers, where the speed of this machine is not the question. */
const SPEED: MachineSpeed = {
  productFlopsPerSecond: 1e11,
  convolutionFlopsPerSecond: 1e11,
  valueBytesPerSecond: 1e10,
  operatorSeconds: 1e-5,
  openedBytesPerSecond: 1e9,
  startSeconds: 0.3,
  processBytes: 96e6,
};
/** Largest error of a phase's peak that is let pass, as a part of what was measured. */
const PEAK_TOLERANCE = 0.35;

async function releasedOutline() {
  const folder = mkdtempSync(join(tmpdir(), "kandinsky3-outline-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  await writeReleasedOutline(folder);
  return readOutline(folder, "fp16");
}

test.each([
  ["the bundled model", BUNDLED_MODEL, 128],
  ["the bundled model, larger", BUNDLED_MODEL, 384],
  ["the tiny model", diffusersFixture("tiny"), 128],
  ["the bundled model in 8 bits", BUNDLED_MODEL, 128, "int8"],
] as const)("%s: the peak of every phase is near the measured one", async (_name, folder, side, dtype?: string) => {
  const cache = mkdtempSync(join(tmpdir(), "kandinsky3-cache-"));
  vi.stubEnv("KANDINSKY3_CACHE", cache);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  });
  const { processBytes, integers } = await measureMachine(2);
  const plan = planImage(
    await readOutline(folder, undefined),
    { width: side, height: side, dtype },
    { ...SPEED, processBytes, integers },
  );
  await using pipe = await Kandinsky3.fromPretrained(folder, { threads: 2, dtype });
  const { phases } = await pipe.textToImage({
    prompt: "a red house",
    width: side,
    height: side,
    numInferenceSteps: 2,
    seed: 1,
  });
  const errors = phases.map(({ phase, peakBytes }, index) => {
    expect(plan.phases[index]?.phase).toBe(phase);
    return [phase, ((plan.phases[index]?.peakBytes ?? 0) - peakBytes) / peakBytes] as const;
  });
  for (const [phase, error] of errors) {
    expect(Math.abs(error), `${phase}: ${(100 * error).toFixed(0)} %, ${JSON.stringify(errors)}`).toBeLessThan(
      PEAK_TOLERANCE,
    );
  }
});

test("the released U-Net at 512 x 512 needs what was measured, 8.4 GB", async () => {
  const plan = planImage(await releasedOutline(), { width: 512, height: 512 }, SPEED);
  const unet = plan.phases.find(({ phase }) => phase === "unet")?.peakBytes ?? 0;
  expect(Math.abs(unet / 8.4e9 - 1)).toBeLessThan(0.1);
});

const INTEGERS: MachineSpeed = {
  ...SPEED,
  integers: {
    kernels: { full: "uint8", reduced: "int8" },
    productFlopsPerSecond: 2e11,
    convolutionFlopsPerSecond: 2e11,
  },
};

test("in 8 bits the released model needs far less memory, and less time a step", async () => {
  const outline = await releasedOutline();
  const wish = { width: 512, height: 512 };
  const [full, rounded] = [undefined, "int8"].map((dtype) => planImage(outline, { ...wish, dtype }, INTEGERS));
  expect([full?.dtype, rounded?.dtype]).toEqual(["fp32", "int8"]);
  expect(rounded?.peakBytes).toBeLessThan((full?.peakBytes ?? 0) * 0.65);
  expect(rounded?.secondsPerStep).toBeLessThan((full?.secondsPerStep ?? 0) * 0.75);
  const fit = planModel(outline, wish, INTEGERS, (full?.peakBytes ?? 0) * 0.9);
  expect(fit.fits).toBe(false);
  expect(fit.alternative).toMatchObject({ width: 512, height: 512, dtype: "int8" });
});

test("8 bits are refused where no integer kernel is exact", async () => {
  const outline = await readOutline(BUNDLED_MODEL, undefined);
  expect(() => planImage(outline, { dtype: "int8" }, SPEED)).toThrow(
    "dtype: got int8, expected fp32: no integer kernel",
  );
});

test("what does not fit gets the largest size that does; nothing when nothing does", async () => {
  const outline = await releasedOutline();
  const large = planModel(outline, {}, SPEED, 16e9);
  expect(large.plan).toMatchObject({ width: 1024, height: 1024, numInferenceSteps: 25, guided: true });
  const none = planModel(outline, {}, SPEED, 4e9);
  expect([none.fits, none.alternative]).toEqual([false, undefined]);
  const { peakBytes } = planImage(outline, { width: 640, height: 640 }, SPEED);
  const smaller = planModel(outline, {}, SPEED, Math.min(peakBytes + 1e6, large.plan.peakBytes - 1));
  expect(smaller.fits).toBe(false);
  expect(smaller.alternative).toMatchObject({ width: 640, height: 640 });
});

test("the time grows with steps, guidance and size, and falls with speed", async () => {
  const outline = await readOutline(BUNDLED_MODEL, undefined);
  const plan = (wish: object, speed = SPEED) => planImage(outline, wish, speed);
  const one = plan({ numInferenceSteps: 10 });
  // Beside the steps, what runs once for all of them has a row for each.
  const tenMore = (plan({ numInferenceSteps: 20 }).seconds - one.seconds) / (10 * one.secondsPerStep);
  expect(tenMore).toBeGreaterThanOrEqual(1);
  expect(tenMore).toBeLessThan(1.02);
  expect(plan({ guidanceScale: 3 }).secondsPerStep).toBeCloseTo(one.secondsPerStep * 2, 6);
  expect(plan({ width: 256, height: 256 }).secondsPerStep).toBeGreaterThan(one.secondsPerStep);
  expect(plan({}, { ...SPEED, convolutionFlopsPerSecond: 1e9 }).secondsPerStep).toBeGreaterThan(one.secondsPerStep);
});

test("a model on the Hub is planned from its headers: nothing is kept, and next to nothing fetched", async () => {
  await using started = await startBench();
  const contents = Object.entries(tinyContents());
  started.hub.publish(TINY_NAME, Object.fromEntries(contents));
  const env = { HF_ENDPOINT: started.hub.endpoint, HF_HUB_CACHE: started.cache, HF_TOKEN: "" };
  const { code, stdout, stderr } = await runCli("/", ["plan", TINY_NAME, "--json", "--quiet", "--threads", "2"], env);
  expect([code, stderr]).toEqual([0, ""]);
  const report = JSON.parse(stdout.toString()) as {
    plan: { phases: object[] };
    disk: { bytes: number; downloadBytes: number };
  };
  const wanted = contents.filter(([path]) => !path.includes(".fp16."));
  const bytes = wanted.reduce((sum, [, content]) => sum + content.length, 0);
  expect(report.disk).toMatchObject({ bytes, downloadBytes: bytes, cacheFolder: started.cache });
  const local = planImage(await readOutline(diffusersFixture("tiny"), undefined), {}, SPEED);
  expect(report.plan).toMatchObject({
    width: local.width,
    height: local.height,
    numInferenceSteps: local.numInferenceSteps,
  });
  expect(() => readdirSync(started.cache)).toThrow(/ENOENT/);
  const fetched = started.hub.log.filter(({ path }) => path.endsWith(".safetensors"));
  expect(fetched.every(({ range }) => range !== undefined && range.last < 300_000)).toBe(true);
});

test("a prompt is told what of it is lost, in words and as JSON, and its length is planned for", async () => {
  const args = ["plan", BUNDLED_MODEL, "красный дом", "--negative-prompt", "a 家", "--width", "64", "--height", "64"];
  const lost = [
    'the text encoder can read nothing of the prompt ("красный", "дом"): the picture does not depend on the text',
    'the text encoder cannot read this part of the negative prompt: "家"',
  ];
  const { code, stderr } = await runCli(".", args);
  expect([code, stderr]).toEqual([0, expect.stringContaining(lost.map((note) => `note: ${note}\n`).join(""))]);
  const { stdout, stderr: silence } = await runCli(".", [...args, "--json", "--quiet"]);
  expect(silence).toBe("");
  expect(JSON.parse(stdout.toString())).toMatchObject({ notes: lost });
  const long = Array.from({ length: 60 }, () => "house").join(" ");
  const { texts } = await readOutline(BUNDLED_MODEL, undefined, { prompt: long });
  expect(texts?.positions).toBeGreaterThan(60);
  expect(texts).toMatchObject({ prompt: { tokens: 61, droppedText: undefined }, negativePrompt: undefined });
  expect((await readOutline(BUNDLED_MODEL, undefined)).texts).toBeUndefined();
});

test("a model on the Hub: its tokenizer is fetched for a prompt, and for none not", async () => {
  await using started = await startBench();
  const { hub, cache } = started;
  hub.publish(TINY_NAME, tinyContents());
  const env = { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_TOKEN: "" };
  const notesOf = async (...words: readonly string[]): Promise<unknown> => {
    const args = ["plan", TINY_NAME, ...words, "--width", "64", "--height", "64", "--json", "--quiet"];
    return (JSON.parse((await runCli("/", args, env)).stdout.toString()) as { notes: unknown }).notes;
  };
  const asked = (): boolean => hub.log.some(({ path }) => path.endsWith("spiece.model"));
  expect([await notesOf(), asked()]).toEqual([[], false]);
  expect([await notesOf("-p", "a дом"), asked()]).toEqual([
    [expect.stringContaining("cannot read this part of the prompt")],
    true,
  ]);
});
