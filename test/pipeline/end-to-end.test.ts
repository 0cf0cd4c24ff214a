/** Whole generations against diffusers' pipelines: goldens of kind `e2e`, through the library, with every intermediate result. */
import { describe, expect, test } from "vitest";
import { readPicture } from "../../src/image/reading/decode.js";
import { type GenerateInputs, Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import type { PromptEmbeds } from "../../src/engine/components/prompt-embeds.js";
import { concatRows, type Tensor, tensor } from "../../src/tensor/tensor.js";
import type { GenerationResult } from "../../src/pipeline/events.js";
import { valuesOf } from "../support/images.js";
import { expectClose } from "../support/closeness.js";
import { casesOf, diffusersFixture, goldenTensor, type GoldenCase } from "../support/goldens.js";

interface EndToEndCase extends GoldenCase {
  readonly model: string;
  readonly timesteps: readonly number[];
  readonly inputs: {
    readonly mode: "t2i" | "i2i";
    readonly prompt: string | string[];
    readonly negative_prompt?: string | string[];
    readonly seed: string;
    readonly seeds?: string[];
    readonly steps: number;
    readonly guidance: number;
    readonly width?: number;
    readonly height?: number;
    readonly num_images?: number;
    readonly image?: string;
    readonly strength?: number;
    readonly variant?: string;
    readonly prompt_embeds?: boolean;
  };
  readonly files: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, { readonly file: string; readonly tolerance: number }>>;
}

describe.each(casesOf<EndToEndCase>("e2e"))("$id", ({ model, inputs, files, outputs, timesteps }) => {
  test("latents of every step and the pictures equal the reference", async () => {
    await using pipe = await Kandinsky3.fromPretrained(diffusersFixture(model), { variant: inputs.variant });
    const steps: Tensor[] = [];
    const times: number[] = [];
    let encoded: Tensor | undefined;
    let final: GenerationResult | undefined;
    for await (const event of pipe.generate({ ...(await generateInputs(inputs, files)), outputType: "tensor" })) {
      if (event.type === "step") {
        steps.push(event.latents);
        times.push(event.timestep);
      }
      if (event.type === "encoded-image") {
        encoded = event.latents;
      }
      if (event.type === "done") {
        final = event.result;
      }
    }
    expect(times).toEqual(timesteps);
    const actual: Record<string, Tensor | undefined> = {
      image: final === undefined ? undefined : valuesOf(final),
      latents: final?.latents,
      latents_steps: stack(steps),
      encoded_image: encoded,
    };
    expect(Object.keys(outputs)).toContain("image");
    for (const [name, { file, tolerance }] of Object.entries(outputs)) {
      const value = actual[name] ?? expect.fail(`no output ${name}`);
      expectClose(value, goldenTensor(file), tolerance, name);
    }
  });
});

async function generateInputs(inputs: EndToEndCase["inputs"], files: EndToEndCase["files"]): Promise<GenerateInputs> {
  const { negative_prompt: negativePrompt, image, strength, num_images: numImagesPerPrompt, width, height } = inputs;
  return {
    ...(inputs.prompt_embeds === true ? givenEmbeddings(files) : { prompt: inputs.prompt }),
    ...(negativePrompt !== undefined && inputs.prompt_embeds !== true && { negativePrompt }),
    ...(image !== undefined && { image: await readPicture(diffusersFixture(image)) }),
    ...(strength !== undefined && { strength }),
    ...(numImagesPerPrompt !== undefined && { numImagesPerPrompt }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    seed: inputs.seeds ?? inputs.seed,
    numInferenceSteps: inputs.steps,
    guidanceScale: inputs.guidance,
  };
}

function givenEmbeddings(files: EndToEndCase["files"]): Pick<GenerateInputs, "promptEmbeds" | "negativePromptEmbeds"> {
  const batch = (prefix: string): PromptEmbeds => ({
    embeds: goldenTensor(files[`${prefix}prompt_embeds`] ?? ""),
    mask: goldenTensor(files[`${prefix}attention_mask`] ?? ""),
  });
  return { promptEmbeds: batch(""), negativePromptEmbeds: batch("negative_") };
}

/** `[steps, ...]` from the latents of each step. */
function stack(steps: readonly Tensor[]): Tensor {
  return concatRows(steps.map(({ shape, data }) => tensor([1, ...shape], data)));
}
