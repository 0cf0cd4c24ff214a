/** One generation: what is planned, phase by phase, each in an inference process of its own. */
import { formatSize } from "../text/byte-size.js";
import type { InferenceProcess } from "../runtime/inference-process.js";
import { TorchGenerator } from "../tensor/random.js";
import { concatRows, type Tensor } from "../tensor/tensor.js";
import { PromptCache } from "./phases/prompt-cache.js";
import { denoise } from "./phases/denoise.js";
import { Denoiser } from "../engine/components/denoiser.js";
import { endOnAbort, type EnginePool, throwIfAborted } from "../engine/execution/inference-processes.js";
import type { GenerationEvent, GenerationResult, Phase } from "./events.js";
import { joinBranches, layOutTexts, textRows } from "./plan/guided-prompts.js";
import { decodeLatents, encodeImages } from "../engine/components/image-codec.js";
import type { GenerateInputs } from "./request/inputs.js";
import { fitMemory, type MemoryPlan } from "../engine/memory/fit-memory.js";
import type { ModelParts } from "../loading/model-components.js";
import { layOutOriginalTexts, originalTextRows } from "./plan/original-prompts.js";
import type { PartWeights } from "../engine/quantization/component-weights.js";
import { type GenerationPlan, planGeneration } from "./plan/resolve-request.js";
import { formatPrecision, type Precision } from "../components/precision.js";
import { encodeTexts } from "../engine/components/prompt-embeds.js";
import { batchesOf, type EncodedImages, imagesToEncode, separateImages, startBatch } from "./plan/starting-point.js";
import { rememberEncoder, weightsOf } from "../loading/text-encoder.js";

/** A model with all that its generations share. */
export interface OpenedModel {
  readonly parts: ModelParts;
  readonly variant: string | undefined;
  /** The types that were asked for, if any. */
  readonly wanted: Precision | undefined;
  /** The types that parts compute in unless memory is short. */
  readonly precision: Precision;
  /** Bytes to stay below. */
  readonly maxMemory: number | undefined;
  readonly weights: PartWeights;
  readonly engines: EnginePool;
  /** Where embedded prompts are kept; `undefined` keeps none. */
  readonly prompts: string | undefined;
}

/** What one generation carries from phase to phase. */
interface Run {
  readonly model: OpenedModel;
  readonly plan: GenerationPlan;
  readonly memory: MemoryPlan | undefined;
  readonly precision: Precision;
  readonly generators: readonly TorchGenerator[];
  readonly phases: PhaseRecord[];
  readonly inputs: GenerateInputs;
}

type PhaseRecord = GenerationResult["phases"][number];

/** Does the work and tells about it. An image makes it image-to-image, an image with a mask or `extend` inpainting. */
export async function* generatePictures(model: OpenedModel, inputs: GenerateInputs): AsyncGenerator<GenerationEvent> {
  const plan = planGeneration(model.parts, inputs);
  const { settings } = plan;
  yield { type: "settings", settings };
  for (const notice of plan.notices) {
    yield { type: "notice", ...notice };
  }
  const memory = planMemory(model, plan);
  if (memory !== undefined && memory.measures.length > 0) {
    yield {
      type: "notice",
      message: `to stay below ${formatSize(model.maxMemory ?? 0)}: ${memory.measures.join(", ")}`,
    };
  }
  const generators = settings.seeds.map((seed) => new TorchGenerator(seed));
  const precision = memory?.precision ?? model.precision;
  const run: Run = { model, plan, memory, precision, generators, phases: [], inputs };
  const states = yield* embedTexts(run);
  const encoded = yield* encodeSources(run);
  const latents = yield* denoiseAll(run, states, encoded);
  let images: Tensor | undefined;
  if (settings.outputType === "image") {
    const decoded = yield* phase("image_decoder", run, async (engine) =>
      decodeLatents(engine, await movqOf(run), latents, memory?.decoderRows),
    );
    images = plan.canvas?.finish(decoded) ?? decoded;
  }
  const dtype = formatPrecision(precision);
  yield { type: "done", result: { settings, dtype, latents, images, phases: run.phases } };
}

function planMemory({ parts, maxMemory, wanted }: OpenedModel, plan: GenerationPlan): MemoryPlan | undefined {
  const [pictures = 0, , height = 0, width = 0] = plan.latentShape;
  const wish = {
    unet: plan.unet,
    sides: { height, width },
    steps: plan.timesteps.length,
    reuseFeatures: plan.settings.reuseFeatures,
    pictures,
    encodesImages: imagesToEncode(plan) !== undefined,
  };
  return maxMemory === undefined ? undefined : fitMemory(parts, wish, wanted, maxMemory);
}

async function movqOf({ model, precision, inputs }: Run): Promise<ModelParts["movq"]> {
  return model.weights.ready({ part: "movq", ...model.parts.movq }, precision.movq, inputs.signal);
}

/** Texts to the encoder's states, from the disk where they were embedded before. */
async function* embedTexts(run: Run): AsyncGenerator<GenerationEvent, readonly Tensor[]> {
  const { model, plan, inputs } = run;
  const { tokenizer, textEncoder, folder } = model.parts;
  const rows = (plan.originalTexts ? originalTextRows : textRows)(tokenizer, plan);
  if (rows.length === 0) {
    return [];
  }
  const dtype = run.precision.text_encoder;
  const cache =
    model.prompts === undefined
      ? undefined
      : new PromptCache(model.prompts, `${await textEncoder.fingerprint()} ${dtype}`, textEncoder.width);
  const kept = await cache?.read(rows);
  if (kept !== undefined) {
    return kept;
  }
  const part = { part: "text_encoder", ...weightsOf(textEncoder) } as const;
  const states = yield* phase("text_encoder", run, async (engine) =>
    encodeTexts(
      engine,
      await model.weights.ready(part, dtype, inputs.signal),
      rows,
      run.memory?.textStages.maxStageBytes,
    ),
  );
  await cache?.write(rows, states);
  if (model.prompts !== undefined) {
    await rememberEncoder(model.prompts, { path: folder.path, variant: model.variant }, textEncoder);
  }
  return states;
}

/** Pictures to latents, where the plan has any. */
async function* encodeSources(run: Run): AsyncGenerator<GenerationEvent, EncodedImages> {
  const { plan } = run;
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

function denoiseAll(
  run: Run,
  states: readonly Tensor[],
  encoded: EncodedImages,
): AsyncGenerator<GenerationEvent, Tensor> {
  const { model, plan, generators, inputs } = run;
  const { signal, callbackOnStepEnd } = inputs;
  const { timesteps, settings, latentShape } = plan;
  return inProcess("unet", run, async function* (engine) {
    const [images = 0, , height = 0, width = 0] = latentShape;
    const { texts, denoiser, conditionings } = await endOnAbort(engine, signal, async () => {
      const unet = await model.weights.ready({ part: "unet", ...plan.unet }, run.precision.unet, signal);
      const texts = plan.originalTexts
        ? await layOutOriginalTexts(engine, plan, unet, states)
        : layOutTexts(plan, states);
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

/** A phase that has nothing to tell on its way. */
function phase<Result>(
  name: Phase,
  run: Run,
  work: (engine: InferenceProcess) => Promise<Result>,
): AsyncGenerator<GenerationEvent, Result> {
  // eslint-disable-next-line require-yield -- the other phase yields its steps
  return inProcess(name, run, async function* (engine) {
    return await endOnAbort(engine, run.inputs.signal, () => work(engine));
  });
}

/** One phase: its own inference process, whose memory is gone when it is over. */
async function* inProcess<Result>(
  name: Phase,
  { model, phases, inputs }: Run,
  work: (engine: InferenceProcess) => AsyncGenerator<GenerationEvent, Result>,
): AsyncGenerator<GenerationEvent, Result> {
  const begin = performance.now();
  yield { type: "phase", phase: name };
  throwIfAborted(inputs.signal);
  const engine = model.engines.start();
  try {
    const result = yield* work(engine);
    const record: PhaseRecord = {
      phase: name,
      seconds: (performance.now() - begin) / 1000,
      peakBytes: engine.peakBytes,
    };
    phases.push(record);
    yield { type: "phase-end", ...record };
    return result;
  } finally {
    await model.engines.stop(engine);
  }
}
