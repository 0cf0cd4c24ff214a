/** One generation: what was asked is resolved and fitted into the memory, then runs phase by phase. */
import { CheckpointError, reasonOf, SessionError } from "../errors.js";
import { formatSize } from "../text/byte-size.js";
import { TorchGenerator } from "../tensor/random.js";
import type { GenerationEvent } from "./events.js";
import type { GenerateInputs } from "./request/inputs.js";
import { fitMemory, type MemoryPlacement } from "../engine/memory/fit-memory.js";
import { type ResolvedRequest, resolveRequest } from "./plan/resolve-request.js";
import { formatPrecision } from "../components/precision.js";
import { imagesToEncode } from "./plan/starting-point.js";
import type { OpenedModel, Run } from "./phases/phase.js";
import { throwIfAborted } from "../engine/execution/abort.js";
import { encodePrompts } from "./phases/prompts.js";
import { decodeImages, encodeSources } from "./phases/images.js";
import { anticipateUNet, denoiseAll } from "./phases/denoising.js";
import { packageVersion } from "../files/package-info.js";
import { pixelsFromTensor } from "../image/pixels.js";
import { RawImage } from "../image/raw-image.js";
import { imageShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { describeImage, describeRun, type Origin } from "./request/image-record.js";
import type { ResolvedSettings } from "./request/options.js";
import { readImages } from "./request/read-images.js";
import { sizeRule } from "./plan/source.js";
import { sizeToRead } from "./plan/source-images.js";

/** Does the work and tells about it. An image makes it image-to-image, an image with a mask or `extend` inpainting. */
export async function* generateImages(model: OpenedModel, asked: GenerateInputs): AsyncGenerator<GenerationEvent> {
  const leave = await model.turnstile.enter(asked.signal);
  try {
    await model.files.requireUnchanged();
    yield* generateNext(model, asked);
  } catch (thrown) {
    if (thrown instanceof SessionError || thrown instanceof CheckpointError) {
      await model.files.requireUnchanged(); // Then that is why.
    }
    throw thrown;
  } finally {
    await model.places.rest();
    leave();
  }
}

async function* generateNext(model: OpenedModel, asked: GenerateInputs): AsyncGenerator<GenerationEvent> {
  const { inputs, files, notices } = await readImages(
    asked,
    (full) => sizeToRead(full, sizeRule(model.parts, asked)),
    model.webImages,
  );
  const plan = resolveRequest(model.parts, inputs);
  const { settings } = plan;
  yield { type: "settings", settings };
  for (const notice of [...notices, ...plan.notices]) {
    yield { type: "notice", ...notice };
  }
  const memory = planMemory(model, plan);
  if (memory !== undefined && memory.remedies.length > 0) {
    yield {
      type: "notice",
      message: `to stay below ${formatSize(model.maxMemory ?? 0)}: ${memory.remedies.join(", ")}`,
    };
  }
  const generators = settings.seeds.map((seed) => new TorchGenerator(seed));
  const precision = memory?.precision ?? model.precision;
  const run: Run = { model, request: plan, memory, precision, generators, phases: [], inputs };
  throwIfAborted(inputs.signal);
  anticipateUNet(run);
  const states = yield* encodePrompts(run);
  const encoded = yield* encodeSources(run);
  const latents = yield* denoiseAll(run, states, encoded);
  const values = settings.outputType === "latent" ? undefined : yield* decodeImages(run, latents);
  yield* changeNotices(model);
  const dtype = formatPrecision(precision);
  const origin: Origin = { model: model.name, version: packageVersion(), dtype, files };
  const images =
    settings.outputType === "image" && values !== undefined ? imagesFrom(values, settings, origin) : values;
  yield {
    type: "done",
    result: { settings, dtype, latents, images, record: describeRun(settings, origin), phases: run.phases },
  };
}

/** What is made is not thrown away: whoever asked for it knows better whether the change matters. */
async function* changeNotices({ files }: OpenedModel): AsyncGenerator<GenerationEvent> {
  try {
    await files.requireUnchanged();
  } catch (thrown) {
    yield { type: "notice", message: `what was made may be spoilt: ${reasonOf(thrown)}` };
  }
}

function imagesFrom(values: Tensor, settings: ResolvedSettings, origin: Origin): RawImage[] {
  return pixelsFromTensor(values).map((pixels, index) => new RawImage(pixels, describeImage(settings, origin, index)));
}

function planMemory({ parts, maxMemory, wanted }: OpenedModel, plan: ResolvedRequest): MemoryPlacement | undefined {
  const { batch: pictures, height, width } = imageShape({ shape: plan.latentShape }, "the latents");
  const demand = {
    unet: plan.unet,
    sides: { height, width },
    steps: plan.timesteps.length,
    texts: plan.prompts * (plan.guided ? 2 : 1),
    tokens: plan.contextLength,
    form: plan.originalPrompts ? ("context" as const) : ("encoder_hidden_states" as const),
    reuseFeatures: plan.settings.reuseFeatures,
    pictures,
    encodesImages: imagesToEncode(plan) !== undefined,
  };
  return maxMemory === undefined ? undefined : fitMemory(parts, demand, wanted, maxMemory);
}
