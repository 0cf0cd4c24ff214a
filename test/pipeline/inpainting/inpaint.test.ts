/** Inpainting as a whole, with the bundled model and with one that has no U-Net for it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UsageError } from "../../../src/errors.js";
import { readPicture } from "../../../src/image/reading/decode.js";
import { type RepaintMask, repaintMaskOf } from "../../../src/image/masks/mask.js";
import { type Pixels, pixelsOf } from "../../../src/image/pixels.js";
import type { GenerationEvent } from "../../../src/pipeline/events.js";
import { type GenerateInputs, Kandinsky3 } from "../../../src/pipeline/kandinsky3.js";
import { row } from "../../../src/tensor/tensor.js";
import { expectClose } from "../../support/closeness.js";
import { diffusersFixture, original } from "../../support/goldens.js";

let nano: Kandinsky3;
let plain: Kandinsky3;
beforeAll(async () => {
  nano = await Kandinsky3.fromPretrained();
  plain = await Kandinsky3.fromPretrained(diffusersFixture("tiny"));
});
afterAll(async () => {
  await nano[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
});

function waves(width: number, height: number): Pixels {
  return pixelsOf(
    width,
    height,
    Uint8Array.from({ length: width * height * 3 }, (_, index) => 128 + 100 * Math.sin(index * 0.013)),
  );
}

function rectangle(
  width: number,
  height: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): RepaintMask {
  const data = new Uint8Array(width * height);
  for (let y = top; y < bottom; y++) {
    data.fill(255, y * width + left, y * width + right);
  }
  return repaintMaskOf(width, height, data);
}

async function eventsOf(pipe: Kandinsky3, inputs: GenerateInputs): Promise<GenerationEvent[]> {
  const events: GenerationEvent[] = [];
  for await (const event of pipe.generate(inputs)) {
    events.push(event);
  }
  return events;
}

const FAST = { prompt: "a red star", seed: 1, numInferenceSteps: 2 } as const;

test("ten rounds on one picture leave what is kept as it was, through files", { timeout: 300_000 }, async () => {
  const first = waves(90, 70);
  const mask = rectangle(90, 70, 20, 10, 60, 50);
  let picture = first;
  for (let round = 0; round < 10; round++) {
    const { images } = await nano.inpaint({ ...FAST, seed: round, numInferenceSteps: 1, image: picture, mask });
    picture = await readPicture((await images[0]?.encode("png")) ?? expect.fail("no picture"));
  }
  let [kept, changed] = [0, 0];
  mask.data.forEach((value, pixel) => {
    for (let index = pixel * 3; index < pixel * 3 + 3; index++) {
      const same = picture.data[index] === first.data[index];
      kept += value === 0 && same ? 1 : 0;
      changed += value !== 0 && !same ? 1 : 0;
    }
  });
  expect(kept).toBe((90 * 70 - 40 * 40) * 3);
  expect(changed).toBeGreaterThan(40 * 40);
});

test("the inpainting U-Net is chosen by itself, and the settings say what was done", async () => {
  const image = waves(128, 64);
  const { settings } = await nano.inpaint({ ...FAST, image, mask: rectangle(128, 64, 0, 0, 9, 9), maskBlur: 3 });
  expect(settings).toMatchObject({
    mode: "inpainting",
    sampler: "ddpm",
    width: 128,
    height: 64,
    inpainting: { method: "inpainting-unet", raw: false, maskArea: "whole", maskBlur: 3 },
  });
});

test("outpainting grows the picture and keeps all of it but the seam", async () => {
  const image = waves(96, 80);
  const { images, settings } = await nano.inpaint({ ...FAST, image, extend: { left: 40, bottom: 10 } });
  expect([settings.width, settings.height]).toEqual([136, 90]);
  const [result] = images;
  for (let y = 0; y < 70; y++) {
    const [start, end] = [(y * 136 + 40 + 10) * 3, (y * 136 + 136) * 3];
    expect(result?.data.subarray(start, end)).toEqual(image.data.subarray((y * 96 + 10) * 3, (y + 1) * 96 * 3));
  }
});

describe("a model without an inpainting U-Net", () => {
  const image = waves(64, 64);
  const mask = rectangle(64, 64, 0, 0, 32, 64);

  test("blends what is known into the latents at every step, and says so", async () => {
    const events = await eventsOf(plain, { ...FAST, image, mask, outputType: "latent" });
    const notices = events.filter((event) => event.type === "notice").map(({ message }) => message);
    expect(notices).toEqual([
      "there is no inpainting U-Net here: known parts of the picture are blended in at every step",
    ]);
    const known = events.find((event) => event.type === "encoded-image")?.latents ?? expect.fail("nothing encoded");
    const done = events.at(-1);
    const { latents } = done?.type === "done" ? done.result : expect.fail("no result");
    const right = (data: Float32Array): Float32Array => data.filter((_, index) => index % 8 >= 4);
    const left = (data: Float32Array): Float32Array => data.filter((_, index) => index % 8 < 4);
    expect(right(latents.data)).toEqual(right(known.data));
    expect(left(latents.data)).not.toEqual(left(known.data));
  });

  test("an all-masked picture is the text-to-image picture of the same seed", async () => {
    const full = repaintMaskOf(64, 64, new Uint8Array(64 * 64).fill(255));
    const inpainted = await plain.inpaint({ ...FAST, image, mask: full });
    const made = await plain.textToImage({ ...FAST, width: 64, height: 64 });
    expect(inpainted.images[0]?.data).toEqual(made.images[0]?.data ?? expect.fail("no image"));
  });

  test("strength keeps a part of what the mask names", async () => {
    const steps = (inputs: Partial<GenerateInputs>) =>
      eventsOf(plain, { ...FAST, numInferenceSteps: 4, image, mask, ...inputs });
    const weak = await steps({ strength: 0.5 });
    expect(weak.filter(({ type }) => type === "step")).toHaveLength(2);
    expect((await steps({})).filter(({ type }) => type === "step")).toHaveLength(4);
  });
});

test("the flash U-Net of a release inpaints by blending, too", async () => {
  await using release = await Kandinsky3.fromPretrained(original.path("tiny"));
  const events = await eventsOf(release, {
    prompt: "a cat",
    seed: 3,
    sampler: "flash",
    image: waves(64, 64),
    mask: rectangle(64, 64, 0, 0, 20, 20),
  });
  expect(events.filter(({ type }) => type === "step")).toHaveLength(4);
  expect(events.find(({ type }) => type === "settings")).toMatchObject({
    settings: { inpainting: { method: "blending" } },
  });
});

test("several pictures of one prompt differ and keep the same", async () => {
  const image = waves(64, 64);
  const mask = rectangle(64, 64, 10, 10, 40, 40);
  const { images } = await nano.inpaint({ ...FAST, image, mask, numImagesPerPrompt: 2, outputType: "tensor" });
  expect(images.shape).toEqual([2, 64, 64, 3]);
  expect(row(images, 0).data).not.toEqual(row(images, 1).data);
  const alone = await nano.inpaint({ ...FAST, image, mask, numImagesPerPrompt: 2, batchSize: 2, outputType: "tensor" });
  expectClose(images, alone.images, 0);
});

describe("wrong inputs are one sentence", () => {
  const image = waves(64, 64);
  const mask = rectangle(64, 64, 0, 0, 9, 9);
  test.each<{ readonly inputs: Partial<GenerateInputs>; readonly message: RegExp }>([
    { inputs: { mask }, message: /^mask: got a mask without image, expected both or none$/ },
    {
      inputs: { image, mask: rectangle(32, 64, 0, 0, 9, 9) },
      message: /^mask: got 32 x 64 pixels for a picture of 64 x 64, expected the same size$/,
    },
    { inputs: { image: [image, image], mask }, message: /^image: got 2 pictures with a mask, expected one$/ },
    { inputs: { image, mask, width: 64 }, message: /^width: got with a mask, expected neither/ },
    { inputs: { image, mask, raw: true, maskBlur: 2 }, message: /^maskBlur: got with raw, / },
    { inputs: { image, mask, maskPadding: 2 }, message: /^maskPadding: got without maskArea "only", / },
    { inputs: { image, mask, extend: {} }, message: /^extend: expected a side of more than 0 pixels, / },
    { inputs: { image, mask, extend: { left: -1 } }, message: /^extend\.left: expected .*0, got -1$/ },
    { inputs: { image, raw: true }, message: /^raw: got without a mask, expected both or none$/ },
    { inputs: { maskArea: "only" }, message: /^maskArea: got without a mask, expected both or none$/ },
    { inputs: { extend: { left: 5 } }, message: /^extend: got without an image, expected both or none$/ },
    {
      inputs: { image, mask, eta: 0.5 },
      message: /^eta: got 0\.5 with the sampler ddpm, expected the sampler original, or no eta$/,
    },
    {
      inputs: { sampler: "flash" },
      message: /^sampler: got flash, which needs a part "unet_flash", the model has "unet"/,
    },
    { inputs: { prompt: ["a", "b"], batchSize: 2 }, message: /^batchSize: got 2 with 2 prompts, expected one prompt$/ },
  ])("$message", async ({ inputs, message }) => {
    const error: unknown = await eventsOf(nano, { ...FAST, ...inputs }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof UsageError || "sampler" in inputs).toBe(true);
    expect((error as Error).message).toMatch(message);
  });
});
