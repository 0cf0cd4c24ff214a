/** Guidance in an interval and kept features: what they leave out, and that without them nothing changes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.js";
import { type GenerateInputs, Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import { PRESETS, withPreset } from "../../src/pipeline/request/presets.js";
import type { ResolvedSettings } from "../../src/pipeline/request/options.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { diffusersFixture } from "../support/goldens.js";

let pipe: Kandinsky3;
beforeAll(async () => {
  pipe = await Kandinsky3.fromPretrained(diffusersFixture("tiny"));
});
afterAll(async () => {
  await pipe[Symbol.asyncDispose]();
});

const REQUEST = { prompt: "a fox", seed: 4, width: 64, height: 64, numInferenceSteps: 6 } as const;

async function latents(options: Partial<GenerateInputs>): Promise<Tensor> {
  return (await pipe.textToImage({ ...REQUEST, ...options, outputType: "latent" })).latents;
}

test("the whole interval, features of one step, and the preset exact are the plain picture", async () => {
  const plain = await latents({});
  expect(await latents({ guidanceInterval: [0, 1] })).toEqual(plain);
  expect(await latents({ reuseFeatures: 1 })).toEqual(plain);
  expect(await latents(PRESETS.exact)).toEqual(plain);
});

test("a preset's values are the defaults of every call, and what is given wins", async () => {
  await using fast = await Kandinsky3.fromPretrained(diffusersFixture("tiny"), { preset: "fast", promptCache: false });
  const settings = async (options: Partial<GenerateInputs>): Promise<ResolvedSettings> =>
    (await fast.textToImage({ ...REQUEST, ...options, outputType: "latent" })).settings;
  expect(await settings({})).toMatchObject({ reuseFeatures: 3, guidanceInterval: [0, 0.6] });
  // A front end may pass what it was not told as undefined.
  expect(await settings({ reuseFeatures: 1, guidanceInterval: undefined })).toMatchObject({
    reuseFeatures: 1,
    guidanceInterval: [0, 0.6],
  });
});

test("an interval without a step is the picture without guidance", async () => {
  expect(await latents({ guidanceInterval: [0.9, 1] })).toEqual(await latents({ guidanceScale: 1 }));
});

test("guidance in some steps is another picture than in all or none", async () => {
  const half = await latents({ guidanceInterval: [0, 0.5] });
  expect(half).not.toEqual(await latents({}));
  expect(half).not.toEqual(await latents({ guidanceScale: 1 }));
});

test("kept features change the picture, and the first step not at all", async () => {
  const firstStep = async (options: Partial<GenerateInputs>): Promise<Tensor | undefined> => {
    for await (const event of pipe.generate({ ...REQUEST, ...options, outputType: "latent" })) {
      if (event.type === "step") {
        return event.latents;
      }
    }
    return undefined;
  };
  expect(await firstStep({ reuseFeatures: 3 })).toEqual(await firstStep({}));
  const kept = await latents({ reuseFeatures: 3 });
  expect(kept).not.toEqual(await latents({}));
  expect(kept.data.every(Number.isFinite)).toBe(true);
});

test("batches of one seed do not read each other's features", async () => {
  const batched = await latents({ reuseFeatures: 6, numImagesPerPrompt: 2, batchSize: 2 });
  expect(await latents({ reuseFeatures: 6, numImagesPerPrompt: 2 })).toEqual(batched);
  const alone = await latents({ reuseFeatures: 6 });
  const first = await latents({ reuseFeatures: 6, numImagesPerPrompt: 2, batchSize: 1 });
  expect(first.data.subarray(0, alone.data.length)).toEqual(alone.data);
});

describe("wrong values", () => {
  test.each<{ readonly options: Partial<GenerateInputs>; readonly message: RegExp }>([
    { options: { guidanceInterval: [0.5, 0.5] }, message: /^guidanceInterval: expected two shares of the steps, / },
    { options: { guidanceInterval: [0, 2] }, message: /^guidanceInterval\.1: expected .*1, got 2$/ },
    { options: { reuseFeatures: 0 }, message: /^reuseFeatures: expected .*1, got 0$/ },
  ])("$message", async ({ options, message }) => {
    const error: unknown = await latents(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(message);
  });
});

/** As measured on three prompts: 31 to 47 dB with half of the inner passes, 22 to 35 dB with a third and guidance in 60 %. */
test.each([
  [withPreset("balanced", {}), 28],
  [withPreset("fast", {}), 18],
] satisfies [Partial<GenerateInputs>, number][])(
  "the bundled model with %j stays near the exact image: %d dB",
  { timeout: 120_000 },
  async (options, least) => {
    await using bundled = await Kandinsky3.fromPretrained();
    for (const [prompt, seed] of [
      ["a red house in the snow", 1],
      ["a blue boat on the sea", 2],
    ] as const) {
      const request = { prompt, seed, numInferenceSteps: 25, guidanceScale: 3, outputType: "tensor" } as const;
      const exact = (await bundled.textToImage(request)).images.data;
      const fewer = (await bundled.textToImage({ ...request, ...options, outputType: "tensor" })).images.data;
      const squares = exact.reduce((sum, value, index) => sum + (value - (fewer[index] ?? NaN)) ** 2, 0);
      expect(-10 * Math.log10(squares / exact.length), prompt).toBeGreaterThan(least);
    }
  },
);
