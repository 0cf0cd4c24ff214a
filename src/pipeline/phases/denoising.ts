/** The phase of the U-Net: from noise, or a noised image, to latents, batch after batch. */
import { concatRows, type Tensor } from "../../tensor/tensor.js";
import { denoise } from "./denoise.js";
import { Denoiser } from "../../engine/components/denoiser.js";
import { endOnAbort } from "../../engine/execution/abort.js";
import type { GenerationEvent } from "../events.js";
import { joinBranches, layOutPrompts } from "../plan/guided-prompts.js";
import { layOutOriginalPrompts } from "../plan/original-prompts.js";
import { batchesOf, type EncodedImages, startBatch } from "../plan/starting-point.js";
import { anticipateDecoder } from "./images.js";
import { atWork, type Run } from "./phase.js";
import { roughBytes } from "../../engine/memory/rough-bytes.js";
import type { Component } from "../../engine/residency/workplaces.js";
import { imageShape } from "../../tensor/shape.js";

/** The share of the steps after which the decoder is opened. */
const DECODER_OPENS_AT = 0.75;

export function denoiseAll(
  run: Run,
  states: readonly Tensor[],
  encoded: EncodedImages,
): AsyncGenerator<GenerationEvent, Tensor> {
  const { model, request: plan, generators, inputs } = run;
  const { signal, callbackOnStepEnd } = inputs;
  const { timesteps, settings, latentShape } = plan;
  return atWork("unet", run, unetComponent(run), async function* (place) {
    const { batch: images, height, width } = imageShape({ shape: latentShape }, "the latents");
    const { texts, denoiser, conditionings } = await endOnAbort(place.engine, signal, async () => {
      const unet = await model.weights.ready(plan.unet, run.precision.unet, signal);
      const texts = plan.originalPrompts
        ? await layOutOriginalPrompts(place, plan, unet, states)
        : layOutPrompts(plan, states);
      const opened = await Denoiser.open(place, unet, { height, width }, timesteps, {
        texts: joinBranches(texts),
        form: texts.form,
        reuseFeatures: settings.reuseFeatures,
        stages: run.memory?.unetStages,
      });
      return { texts, ...opened };
    });
    try {
      const results: Tensor[] = [];
      const batches = batchesOf(plan);
      const all = batches.length * timesteps.length;
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
          if (done === Math.max(1, Math.floor(all * DECODER_OPENS_AT))) {
            anticipateDecoder(run);
          }
          yield { type: "step", ...step, step: done, steps: all };
          ({ latents } = step);
        }
        results.push(latents);
      }
      return concatRows(results);
    } finally {
      await denoiser.release();
    }
  });
}

/** Opens what runs at every step while the text is still being read, if there is room for both. */
export function anticipateUNet(run: Run): void {
  const { model, request: plan, memory, precision, inputs } = run;
  const component = unetComponent(run);
  const place = model.places.anticipate("unet", component, memory?.bytes.unet ?? roughBytes(component));
  // Within a bound, what runs once is released before the rest is opened.
  if (place === undefined || memory !== undefined) {
    return;
  }
  const { height, width } = imageShape({ shape: plan.latentShape }, "the latents");
  const form = plan.originalPrompts ? ("context" as const) : ("encoder_hidden_states" as const);
  const keepsFeatures = (plan.settings.reuseFeatures ?? 1) > 1;
  model.weights.ready(plan.unet, precision.unet, inputs.signal).then(
    (unet) => {
      Denoiser.prepare(place, unet, { height, width, tokens: plan.contextLength, form, keepsFeatures });
    },
    () => undefined, // The phase itself will say what is wrong.
  );
}

function unetComponent({ request, precision }: Run): Component {
  return { source: request.unet.source, dtype: precision.unet };
}
