/** The phases of MoVQ: images to latents before the denoising, latents to images after it. */
import { type Tensor } from "../../tensor/tensor.js";
import type { GenerationEvent } from "../events.js";
import { decodeLatents, encodeImages } from "../../engine/components/image-codec.js";
import type { ModelComponents } from "../../loading/model-components.js";
import { type EncodedImages, imagesToEncode, separateImages } from "../plan/starting-point.js";
import { phase, type Run } from "./phase.js";

/** Pictures to latents, where the plan has any. */
export async function* encodeSources(run: Run): AsyncGenerator<GenerationEvent, EncodedImages> {
  const { request: plan } = run;
  const images = imagesToEncode(plan);
  let latents: Tensor | undefined;
  if (images !== undefined) {
    latents = yield* phase("image_encoder", run, async (engine) =>
      encodeImages(engine, await movqOf(run), images, run.memory?.encoderRows),
    );
    yield { type: "encoded-image", latents };
  }
  return separateImages(plan, latents);
}

/** Latents `[N, 4, h, w]` to the images that come out, `[N, H, W, 3]`. */
export async function* decodeImages(run: Run, latents: Tensor): AsyncGenerator<GenerationEvent, Tensor> {
  const decoded = yield* phase("image_decoder", run, async (engine) =>
    decodeLatents(engine, await movqOf(run), latents, run.memory?.decoderRows),
  );
  return run.request.canvas?.finish(decoded) ?? decoded;
}

async function movqOf({ model, precision, inputs }: Run): Promise<ModelComponents["movq"]> {
  return model.weights.ready(model.parts.movq, precision.movq, inputs.signal);
}
