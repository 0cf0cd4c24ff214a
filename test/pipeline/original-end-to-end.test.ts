/**
 * Whole generations against the original repository: its text layout, samplers and inpainting, from its own files. Every case
 * of the manifest runs, through the library, so that latents, pictures and the noise's order are compared; those that have a
 * command line run through it as well (test/cli/original-goldens.test.ts).
 */
import { describe, expect, test } from "vitest";
import { readPicture } from "../../src/image/reading/decode.js";
import { readMask } from "../../src/image/reading/image-input.js";
import { prepareMask } from "../../src/image/masks/original-mask.js";
import { pixelsFromTensor } from "../../src/image/pixels.js";
import { type GenerateInputs, Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import type { GenerationEvent } from "../../src/pipeline/events.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { valuesOf } from "../support/images.js";
import { expectClose, largestDifference } from "../support/closeness.js";
import { type GoldenCase, original } from "../support/goldens.js";

interface Golden {
  readonly file: string;
  readonly tolerance: number;
}

interface EndToEndCase extends GoldenCase {
  readonly model: string;
  readonly prompt: string;
  readonly negative_prompt?: string;
  readonly seed: number;
  readonly width?: number;
  readonly height?: number;
  readonly input_image?: string;
  readonly input_mask?: string;
  readonly mask_mode?: "prepare_mask";
  readonly sampler: "original" | "flash";
  readonly eta: number;
  readonly guidance_scale: number;
  readonly steps: number;
  readonly times: readonly number[];
  readonly images_num: number;
  readonly bs: number;
  readonly tolerance: { readonly image_uint8?: number };
  readonly files: Readonly<Record<"latent" | "image", Golden>> &
    Readonly<Partial<Record<"x" | "masked_latent", Golden>>> & { readonly image_uint8?: string };
}

const cases = ["text_to_image", "inpainting", "flash"].flatMap((kind) => original.cases<EndToEndCase>(kind));

async function inputsOf(golden: EndToEndCase): Promise<GenerateInputs> {
  const { prompt, negative_prompt: negativePrompt, seed, width, height, sampler } = golden;
  const { input_image: image, input_mask: mask } = golden;
  const flash = sampler === "flash";
  const read = mask === undefined ? undefined : await readMask(original.path(mask));
  return {
    prompt,
    negativePrompt,
    seed,
    width,
    height,
    sampler,
    ...(flash ? {} : { eta: golden.eta, numInferenceSteps: golden.steps, guidanceScale: golden.guidance_scale }),
    numImagesPerPrompt: golden.images_num,
    batchSize: golden.bs,
    ...(image === undefined ? {} : { image: await readPicture(original.path(image)), raw: true }),
    ...(read === undefined ? {} : { mask: golden.mask_mode === "prepare_mask" ? prepareMask(read) : read }),
  };
}

describe.each(cases)("$id", (golden) => {
  test("equals the original", async () => {
    await using pipe = await Kandinsky3.fromPretrained(original.path(golden.model));
    const { files, times } = golden;
    const events: GenerationEvent[] = [];
    for await (const event of pipe.generate({ ...(await inputsOf(golden)), outputType: "tensor" })) {
      events.push(event);
    }
    const steps = events.filter((event) => event.type === "step");
    const batches = Math.ceil(golden.images_num / golden.bs);
    expect(steps.map(({ timestep }) => timestep)).toEqual(Array.from({ length: batches }, () => times).flat());
    if (files.x !== undefined) {
      const x = original.tensor(files.x.file);
      const stacked = Float32Array.from(steps.flatMap(({ latents }) => [...latents.data]));
      expectClose(tensor(x.shape, stacked), x, files.x.tolerance, "x");
    }
    if (files.masked_latent !== undefined) {
      const [encoded] = events.filter((event) => event.type === "encoded-image");
      const { file, tolerance } = files.masked_latent;
      expectClose(encoded?.latents ?? expect.fail("nothing was encoded"), original.tensor(file), tolerance, "masked");
    }
    const done = events.at(-1);
    const result = done?.type === "done" ? done.result : expect.fail("no result");
    expectClose(result.latents, original.tensor(files.latent.file), files.latent.tolerance, "latent");
    const images = valuesOf(result);
    expectClose(images, original.tensor(files.image.file), files.image.tolerance, "image");
    expectBytes(images, golden);
  });
});

/** The original cuts to bytes where diffusers, and so this program, rounds: one step apart at most. */
function expectBytes(images: Tensor, { files, tolerance }: EndToEndCase): void {
  if (files.image_uint8 !== undefined) {
    const bytes = pixelsFromTensor(images).flatMap(({ data }) => [...data]);
    const golden = original.array(files.image_uint8).data as ArrayLike<number>;
    expect(largestDifference(bytes, golden).difference).toBeLessThanOrEqual(tolerance.image_uint8 ?? 0);
  }
}
