/** The phases of MoVQ: images to latents before the denoising, latents to images after it. */
import { type Tensor } from "../../tensor/tensor.js";
import type { GenerationEvent } from "../events.js";
import { roughBytes } from "../../engine/memory/rough-bytes.js";
import type { Component } from "../../engine/residency/workplaces.js";
import { croppedImages } from "../../image/fitting/fit-image.js";
import { imageShape } from "../../tensor/shape.js";
import { decodeLatents, encodeImages, prepareDecoder } from "../../engine/components/image-codec.js";
import type { ModelComponents } from "../../loading/model-components.js";
import { type EncodedImages, imagesToEncode, separateImages } from "../plan/starting-point.js";
import { phase, type Run } from "./phase.js";

/** Pictures to latents, where the plan has any. */
export async function* encodeSources(run: Run): AsyncGenerator<GenerationEvent, EncodedImages> {
  const { request: plan } = run;
  const images = imagesToEncode(plan);
  let latents: Tensor | undefined;
  if (images !== undefined) {
    latents = yield* phase("image_encoder", run, movqComponent(run), async (place) =>
      encodeImages(place, await movqOf(run), images, run.memory?.encoderRows),
    );
    yield { type: "encoded-image", latents };
  }
  return separateImages(plan, latents);
}

/** Latents `[N, 4, h, w]` to the images that come out, `[N, H, W, 3]`. */
export async function* decodeImages(run: Run, latents: Tensor): AsyncGenerator<GenerationEvent, Tensor> {
  const decoded = yield* phase("image_decoder", run, movqComponent(run), async (place) =>
    decodeLatents(place, await movqOf(run), latents, run.memory?.decoderRows),
  );
  const { canvas, kept } = run.request;
  return canvas?.finish(decoded) ?? (kept === undefined ? decoded : croppedImages(decoded, kept));
}

/** Opens the decoder while the U-Net is still at work, if there is room for both. */
export function anticipateDecoder(run: Run): void {
  const { model, request, memory } = run;
  const component = movqComponent(run);
  if (request.settings.outputType === "latent" || memory?.decoderRows !== undefined) {
    return;
  }
  const bytes = memory?.bytes.image_decoder ?? roughBytes(component);
  const place = model.places.anticipate("image_decoder", component, bytes);
  const sides = imageShape({ shape: request.latentShape }, "the latents");
  if (place !== undefined) {
    movqOf(run).then(
      (movq) => {
        prepareDecoder(place, movq, sides);
      },
      () => undefined, // The phase itself will say what is wrong.
    );
  }
}

function movqComponent({ model, precision }: Run): Component {
  return { source: model.parts.movq.source, dtype: precision.movq };
}

async function movqOf({ model, precision, inputs }: Run): Promise<ModelComponents["movq"]> {
  return model.weights.ready(model.parts.movq, precision.movq, inputs.signal);
}
