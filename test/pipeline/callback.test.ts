/** `callbackOnStepEnd`: it sees every step, and what it returns goes on. */
import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.js";
import type { StepEnd } from "../../src/pipeline/request/inputs.js";
import { Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import { tensor } from "../../src/tensor/tensor.js";
import { diffusersFixture } from "../support/goldens.js";

const REQUEST = {
  prompt: "a red cat",
  seed: 3,
  numInferenceSteps: 4,
  width: 64,
  height: 64,
  outputType: "latent",
} as const;

test("it sees every step in order, and the last latents are the result", async () => {
  await using pipe = await Kandinsky3.fromPretrained(diffusersFixture("tiny"));
  const ends: StepEnd[] = [];
  const { latents } = await pipe.textToImage({
    ...REQUEST,
    callbackOnStepEnd: (end) => {
      ends.push(end);
      return undefined;
    },
  });
  expect(ends.map(({ step, timestep }) => [step, timestep])).toEqual([
    [1, 750],
    [2, 500],
    [3, 250],
    [4, 0],
  ]);
  expect(ends.at(-1)?.latents).toEqual(latents);
});

test("latents that it returns replace the step's", async () => {
  await using pipe = await Kandinsky3.fromPretrained(diffusersFixture("tiny"));
  const untouched = await pipe.textToImage(REQUEST);
  const zeros = tensor([1, 4, 8, 8]);
  const touched = await pipe.textToImage({
    ...REQUEST,
    callbackOnStepEnd: ({ step }) => (step === 2 ? zeros : undefined),
  });
  expect(touched.latents).not.toEqual(untouched.latents);
  const last = await pipe.textToImage({ ...REQUEST, callbackOnStepEnd: () => Promise.resolve(zeros) });
  expect(last.latents).toEqual(zeros);
});

test("latents of another shape are refused with both shapes", async () => {
  await using pipe = await Kandinsky3.fromPretrained(diffusersFixture("tiny"));
  const wrong = pipe.textToImage({ ...REQUEST, callbackOnStepEnd: () => tensor([1, 4, 8, 4]) });
  await expect(wrong).rejects.toThrow(UsageError);
  await expect(wrong).rejects.toThrow("callbackOnStepEnd: returned latents [1, 4, 8, 4], expected [1, 4, 8, 8]");
});
