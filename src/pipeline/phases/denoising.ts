/** The phase of the U-Net: from noise, or a noised image, to latents, batch after batch. */
import { concatRows, type Tensor } from "../../tensor/tensor.js";
import { denoise } from "./denoise.js";
import { Denoiser } from "../../engine/components/denoiser.js";
import { hoistedUNet } from "../../engine/components/hoisted-unet.js";
import { endOnAbort } from "../../engine/execution/inference-processes.js";
import type { GenerationEvent } from "../events.js";
import { joinBranches, layOutPrompts } from "../plan/guided-prompts.js";
import { layOutOriginalPrompts } from "../plan/original-prompts.js";
import { batchesOf, type EncodedImages, startBatch } from "../plan/starting-point.js";
import { inProcess, type Run } from "./phase.js";
import { imageShape } from "../../tensor/shape.js";

/** Builds the U-Net that `denoiseAll` will ask for, where its weights are read as they are stored; it stays built. */
export function buildAhead({ request: plan, precision }: Run): void {
  if (precision.unet === "fp32" && !plan.originalPrompts) {
    const { height, width } = imageShape({ shape: plan.latentShape }, "the latents");
    hoistedUNet(plan.unet, {
      height,
      width,
      tokens: plan.contextLength,
      form: "encoder_hidden_states",
      keepsFeatures: (plan.settings.reuseFeatures ?? 1) > 1,
    });
  }
}

export function denoiseAll(
  run: Run,
  states: readonly Tensor[],
  encoded: EncodedImages,
): AsyncGenerator<GenerationEvent, Tensor> {
  const { model, request: plan, generators, inputs } = run;
  const { signal, callbackOnStepEnd } = inputs;
  const { timesteps, settings, latentShape } = plan;
  return inProcess("unet", run, async function* (engine) {
    const { batch: images, height, width } = imageShape({ shape: latentShape }, "the latents");
    const { texts, denoiser, conditionings } = await endOnAbort(engine, signal, async () => {
      const unet = await model.weights.ready(plan.unet, run.precision.unet, signal);
      const texts = plan.originalPrompts
        ? await layOutOriginalPrompts(engine, plan, unet, states)
        : layOutPrompts(plan, states);
      const opened = await Denoiser.open(engine, unet, { height, width }, timesteps, {
        texts: joinBranches(texts),
        form: texts.form,
        reuseFeatures: settings.reuseFeatures,
        stages: run.memory?.unetStages,
      });
      return { texts, ...opened };
    });
    const results: Tensor[] = [];
    const batches = batchesOf(plan);
    for (const [index, { start, count }] of batches.entries()) {
      const seeds = generators.length === 1 ? generators : generators.slice(start, start + count);
      const begin = startBatch(plan, encoded, { start, count }, seeds);
      let { latents } = begin;
      const steps = denoise(denoiser, plan.scheduler, {
        latents,
        timesteps,
        conditional: conditionings.slice(start, start + count),
        unconditional:
          texts.other === undefined ? undefined : conditionings.slice(images + start, images + start + count),
        guidanceScale: settings.guidanceScale,
        guidanceInterval: settings.guidanceInterval,
        known: begin.known,
        generators: seeds,
        callbackOnStepEnd,
        signal,
      });
      for await (const step of steps) {
        const done = index * timesteps.length + step.step;
        yield { type: "step", ...step, step: done, steps: batches.length * timesteps.length };
        ({ latents } = step);
      }
      results.push(latents);
    }
    return concatRows(results);
  });
}
