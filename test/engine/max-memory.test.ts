/** Generations that are told to stay below an amount of memory do, and say how; what does not fit is refused with what it needs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.js";
import { parseByteSize } from "../../src/text/byte-size.js";
import { BUNDLED_MODEL } from "../../src/loading/bundled-model.js";
import { convertModel } from "../../src/convert/convert-model.js";
import { type GenerationResult, Kandinsky3, type LoadOptions } from "../../src/index.js";
import { valuesOf } from "../support/images.js";
import { openModelFolder } from "../../src/loading/model-folder.js";
import { openNetworks } from "../../src/loading/model-components.js";
import { unetChoices } from "../../src/engine/memory/choices.js";
import { FULL_PRECISION } from "../../src/components/precision.js";
import { hoistedUNet } from "../../src/engine/components/hoisted-unet.js";
import { outputBytes } from "../../src/engine/memory/resident-bytes.js";

const REQUEST = { prompt: "a red house", seed: 1, numInferenceSteps: 2, width: 512, height: 512 } as const;

interface Outcome {
  readonly result: GenerationResult;
  readonly notices: readonly string[];
  readonly peak: number;
}

async function paint(options: LoadOptions): Promise<Outcome> {
  await using pipe = await Kandinsky3.fromPretrained(undefined, { threads: 2, promptCache: false, ...options });
  const notices: string[] = [];
  for await (const event of pipe.generate({ ...REQUEST, outputType: "tensor" })) {
    if (event.type === "notice") {
      notices.push(event.message);
    } else if (event.type === "done") {
      const { result } = event;
      return { result, notices, peak: Math.max(...result.phases.map(({ peakBytes }) => peakBytes)) };
    }
  }
  throw new Error("no result");
}

function psnr(expected: GenerationResult, actual: GenerationResult): number {
  const [a, b] = [valuesOf(expected).data, valuesOf(actual).data];
  return -10 * Math.log10(a.reduce((sum, value, index) => sum + (value - (b[index] ?? NaN)) ** 2, 0) / a.length);
}

describe("the bundled model at 512 x 512", () => {
  test("in bands, with the same picture to 50 dB", { timeout: 300_000 }, async () => {
    const free = await paint({});
    expect(free.notices).toEqual([]);
    const roomy = await paint({ maxMemory: "8GB" });
    expect(roomy.notices).toEqual([]);
    expect(roomy.result.images).toEqual(free.result.images);

    const program = 150e6; // The program that starts the inference processes counts too.
    const limit = free.peak - 30e6 + program;
    const tight = await paint({ maxMemory: `${limit}` });
    expect(tight.notices.join()).toMatch(/^to stay below .*: picture decoded in \d+ bands$/);
    expect(tight.peak).toBeLessThan(limit - program);
    expect(psnr(free.result, tight.result)).toBeGreaterThan(50);
    expect(tight.result.dtype).toBe("fp32");
  });

  /** What the planner sets aside for the program that starts the inference processes, and for the images on their way. */
  const reserve = 180e6 + 2 * 512 * 512 * 3 * 4;
  test.each([
    ["560MB", /decoded in 3 bands/],
    ["480MB", /decoded in 6 bands/],
    ["450MB", /decoded in \d+ bands/],
  ])("%s: what every phase then takes is what the planner left for it", { timeout: 300_000 }, async (limit, remedy) => {
    const { result, notices } = await paint({ maxMemory: limit });
    expect(notices.join()).toMatch(remedy);
    for (const { phase, peakBytes } of result.phases) {
      expect(peakBytes, phase).toBeLessThan(parseByteSize(limit, "limit") - reserve);
    }
  });

  test("what cannot fit is refused before any work, with what it needs", async () => {
    // Just below the least that is needed, which the message names.
    const refused: unknown = await paint({ maxMemory: "250MB" }).catch((error: unknown) => error);
    const least = Number(/needs (\d+\.\d) MB/.exec(String(refused))?.[1]);
    await expect(paint({ maxMemory: `${Math.floor(least) - 1}MB` })).rejects.toThrow(`needs ${least.toFixed(1)} MB`);
    await expect(paint({ maxMemory: "250MB" })).rejects.toThrow(
      /^maxMemory: .* of a picture of 512x512 needs \d+\.\d MB, expected at least that much, got 250.0 MB$/,
    );
  });
});

test("sizes", () => {
  expect(["8GB", "6 GiB", "512mb", "1.5k", "1000", "7G"].map((text) => parseByteSize(text, "x"))).toEqual([
    8e9,
    6 * 1024 ** 3,
    512e6,
    1500,
    1000,
    7e9,
  ]);
  for (const text of ["", "GB", "-1GB", "8 gigabytes", "0", "1e9", "5i"]) {
    expect(() => parseByteSize(text, "--max-memory"), text).toThrow(UsageError);
  }
});

test("a model that is stored in 8 bits stays so", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "kandinsky3-memory-"));
  try {
    const model = join(folder, "int8");
    await convertModel(BUNDLED_MODEL, model, { dtype: "movq=int8" });
    await using pipe = await Kandinsky3.fromPretrained(model, { maxMemory: "2GB" });
    const { dtype } = await pipe.textToImage({ prompt: "a red house", seed: 1, numInferenceSteps: 1 });
    expect(dtype).toBe("text_encoder=fp32,unet=fp32,movq=int8");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the conditioning of all steps and texts counts while the steps run", async () => {
  const folder = await openModelFolder(BUNDLED_MODEL);
  const { unets } = await openNetworks(folder, undefined);
  const unet = { ...(unets.get("unet") ?? expect.fail("no U-Net")), nullEmbedding: undefined };
  const demand = {
    sides: { height: 16, width: 16 },
    tokens: 9,
    form: "encoder_hidden_states",
    reuseFeatures: 1,
  } as const;
  const bytes = (texts: number, steps: number): number =>
    [...unetChoices(unet, { ...demand, texts, steps }, FULL_PRECISION)][0]?.bytes ?? expect.fail("no choice");
  const { prologue } = hoistedUNet(unet, { ...demand.sides, tokens: 9, form: demand.form, keepsFeatures: false });
  expect(bytes(2, 1000) - bytes(1, 1000)).toBe(outputBytes(prologue(1000)));
  expect(bytes(1, 1000)).toBeGreaterThan(bytes(1, 1) + outputBytes(prologue(1000)) - 2 * outputBytes(prologue(1)));
});
