/**
 * Text-to-image and image-to-image with a Kandinsky 3 checkpoint. Reference: diffusers, pipelines/kandinsky3/.
 * Draws, rounding rules and defaults are the reference's, so that a seed gives its picture.
 */
import { basename } from "node:path";
import { UsageError } from "../errors.js";
import type { Pixels } from "../image/pixels.js";
import { movqScale } from "../models/movq/config.js";
import { UNET_STRIDE } from "../models/unet/config.js";
import { InferenceProcess } from "../runtime/inference-process.js";
import { drawNoise, TorchGenerator } from "../tensor/random.js";
import { formatShape, sameShape } from "../tensor/shape.js";
import { concatRows, row, type Tensor } from "../tensor/tensor.js";
import { type DenoiseInputs, denoise, throwIfAborted } from "./denoise.js";
import { Denoiser } from "./denoiser.js";
import type { GenerationEvent, GenerationResult, Phase } from "./events.js";
import { decodeLatents, encodeImages } from "./image-codec.js";
import { type ModelParts, openModelParts } from "./model-parts.js";
import {
  batchTexts,
  contextLength,
  emptyTexts,
  encodeTexts,
  repeatTexts,
  type TextBatch,
  tokenize,
} from "./prompt-embeddings.js";
import {
  type GenerateOptions,
  type ModelDefaults,
  parseOptions,
  type ResolvedSettings,
  resolveSettings,
} from "./settings.js";
import { prepareSourceImages, type SourceImages, stepsOfStrength } from "./source-image.js";

export interface LoadOptions {
  /** Which files to read, as `fp16` in `model.fp16.safetensors`. */
  readonly variant?: string | undefined;
  /** Processor threads; all when left out. */
  readonly threads?: number | undefined;
}

/** What a library call can give beside the plain options. */
export interface GenerateInputs extends GenerateOptions {
  /** Image-to-image: the picture to start from, or one for each prompt. */
  readonly image?: Pixels | readonly Pixels[];
  /** Initial noise `[N, 4, h, w]` instead of a drawn one; text-to-image only. */
  readonly latents?: Tensor;
  /** Embedded prompts instead of `prompt`; used as they are. */
  readonly promptEmbeds?: TextBatch;
  readonly negativePromptEmbeds?: TextBatch;
  /** Stops the work after the step in progress. */
  readonly signal?: AbortSignal;
}

type PhaseRecord = GenerationResult["phases"][number];

export class Kandinsky3 {
  /** Name of the model's folder. */
  readonly name: string;
  readonly folder: string;
  readonly defaults: ModelDefaults;
  #engine: InferenceProcess | undefined;

  private constructor(
    private readonly parts: ModelParts,
    private readonly options: LoadOptions,
  ) {
    this.folder = parts.folder.path;
    this.name = basename(this.folder);
    this.defaults = parts.defaults;
  }

  /** Opens a diffusers folder: checks it whole, loads nothing. Throws `CheckpointError` or `ConfigError`. */
  static async fromPretrained(folder: string, options: LoadOptions = {}): Promise<Kandinsky3> {
    return new Kandinsky3(await openModelParts(folder, options.variant), options);
  }

  /** Makes pictures from text. */
  textToImage(inputs: Omit<GenerateInputs, "image" | "strength">): Promise<GenerationResult> {
    return this.#finish(inputs);
  }

  /** Makes pictures from text and a picture. */
  imageToImage(inputs: GenerateInputs & Required<Pick<GenerateInputs, "image">>): Promise<GenerationResult> {
    return this.#finish(inputs);
  }

  /** Does the work and tells about it. An image makes it image-to-image. */
  async *generate(inputs: GenerateInputs): AsyncGenerator<GenerationEvent> {
    const { latents, promptEmbeds, negativePromptEmbeds, signal } = inputs;
    const plan = this.#plan(optionsOf(inputs), inputs);
    const { settings } = plan;
    yield { type: "settings", settings };
    for (const message of plan.notices) {
      yield { type: "notice", message };
    }

    const phases: PhaseRecord[] = [];
    const generators = settings.seeds.map((seed) => new TorchGenerator(seed));
    const guided = settings.guidanceScale > 1;
    const texts = yield* this.#phase("text_encoder", phases, signal, (engine) =>
      this.#embed(engine, settings, guided, promptEmbeds, negativePromptEmbeds),
    );
    const schedule = this.parts.scheduler.timesteps(settings.numInferenceSteps);
    const timesteps = plan.source === undefined ? schedule : schedule.slice(schedule.length - plan.steps);

    let start: Tensor;
    if (plan.source === undefined) {
      start = latents ?? drawNoise(generators, plan.latentShape);
    } else {
      const { source } = plan;
      const encoded = yield* this.#phase("image_encoder", phases, signal, (engine) =>
        encodeImages(engine, this.parts, source.images),
      );
      yield { type: "encoded-image", latents: encoded };
      start = this.#noisyLatents(encoded, settings, generators, plan.latentShape, timesteps[0] ?? 0);
    }

    const denoised = yield* this.#denoise(phases, settings, texts, start, timesteps, generators, signal);
    let images: Tensor | undefined;
    if (settings.outputType === "image") {
      images = yield* this.#phase("image_decoder", phases, signal, (engine) =>
        decodeLatents(engine, this.parts, denoised),
      );
    }
    yield { type: "done", result: { settings, latents: denoised, images, phases } };
  }

  /** Ends what is running at once. */
  kill(): void {
    this.#engine?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.close();
  }

  async #finish(inputs: GenerateInputs): Promise<GenerationResult> {
    for await (const event of this.generate(inputs)) {
      if (event.type === "done") {
        return event.result;
      }
    }
    throw new Error("internal: a generation ended without a result");
  }

  /** Checks everything that can be checked before any work is done. */
  #plan(options: ReturnType<typeof parseOptions>, inputs: GenerateInputs): GenerationPlan {
    const { promptEmbeds, negativePromptEmbeds, latents, image } = inputs;
    if ((options.prompt === undefined) === (promptEmbeds === undefined)) {
      throw new UsageError("prompt: expected either a prompt or promptEmbeds");
    }
    if (options.negativePrompt !== undefined && negativePromptEmbeds !== undefined) {
      throw new UsageError("negativePrompt: expected either a negative prompt or negativePromptEmbeds");
    }
    const scale = movqScale(this.parts.movq.config);
    const multiple = scale * UNET_STRIDE;
    const notices: string[] = [];
    const count = promptEmbeds?.embeds.shape[0] ?? [options.prompt ?? ""].flat().length;
    let source: SourceImages | undefined;
    let size: { readonly width: number; readonly height: number };
    if (image === undefined) {
      const wanted = { width: options.width ?? this.defaults.width, height: options.height ?? this.defaults.height };
      size = { width: roundUp(wanted.width, multiple), height: roundUp(wanted.height, multiple) };
      if (size.width !== wanted.width || size.height !== wanted.height) {
        notices.push(
          `the picture will be ${size.width} x ${size.height}: sides are rounded up to multiples of ${multiple} (asked: ${wanted.width} x ${wanted.height})`,
        );
      }
    } else {
      if (options.width !== undefined || options.height !== undefined) {
        throw new UsageError("width and height: image-to-image keeps the picture's size; leave them out");
      }
      source = prepareSourceImages([image].flat(), scale, multiple);
      const pictures = source.images.shape[0] ?? 0;
      if (pictures !== 1 && pictures !== count) {
        throw new UsageError(`image: ${pictures} pictures for ${count} prompts, expected one, or one for each`);
      }
      notices.push(...source.notices);
      size = { width: source.width, height: source.height };
    }
    const settings = resolveSettings(
      options,
      image === undefined ? "text-to-image" : "image-to-image",
      size,
      this.defaults,
      count,
    );
    const latentShape = [
      count * settings.numImagesPerPrompt,
      this.parts.unet.config.in_channels,
      size.height / scale,
      size.width / scale,
    ];
    if (latents !== undefined && (image !== undefined || !sameShape(latents.shape, latentShape))) {
      throw new UsageError(
        `latents: shape ${formatShape(latents.shape)}, expected ${formatShape(latentShape)} and no image`,
      );
    }
    this.parts.scheduler.timesteps(settings.numInferenceSteps);
    notices.push(...this.#droppedWords(settings));
    const steps =
      settings.strength === undefined
        ? settings.numInferenceSteps
        : stepsOfStrength(settings.numInferenceSteps, settings.strength);
    return { settings, notices, source, latentShape, steps };
  }

  #droppedWords(settings: ResolvedSettings): string[] {
    const { tokenizer } = this.parts;
    return [settings.prompts, settings.negativePrompts ?? []].flatMap((texts) =>
      tokenize(tokenizer, texts).flatMap(({ droppedText }) =>
        droppedText === undefined
          ? []
          : [`the prompt is too long; this part is not used: ${JSON.stringify(droppedText)}`],
      ),
    );
  }

  async #embed(
    engine: InferenceProcess,
    settings: ResolvedSettings,
    guided: boolean,
    promptEmbeds: TextBatch | undefined,
    negativePromptEmbeds: TextBatch | undefined,
  ): Promise<GuidedTexts> {
    const { tokenizer } = this.parts;
    const negatives = guided && negativePromptEmbeds === undefined ? (settings.negativePrompts ?? []) : [];
    const texts = [...settings.prompts, ...negatives];
    const encoded = texts.length === 0 ? [] : await encodeTexts(engine, this.parts, tokenize(tokenizer, texts));
    const prompts = encoded.slice(0, settings.prompts.length);
    const text = promptEmbeds ?? batchTexts(prompts, contextLength(prompts));
    const repeated = repeatTexts(text, settings.numImagesPerPrompt);
    if (!guided) {
      return { text: repeated, other: undefined };
    }
    const negative =
      negativePromptEmbeds ??
      (negatives.length === 0 ? emptyTexts(text) : batchTexts(encoded.slice(prompts.length), text.mask.shape[1] ?? 0));
    if (!sameShape(negative.embeds.shape, text.embeds.shape)) {
      const [found, expected] = [negative.embeds.shape, text.embeds.shape].map(formatShape);
      throw new UsageError(`negativePromptEmbeds: shape ${found ?? ""}, expected ${expected ?? ""}`);
    }
    return { text: repeated, other: repeatTexts(negative, settings.numImagesPerPrompt) };
  }

  /** Encoded pictures, repeated for every image, with noise of the first used timestep. */
  #noisyLatents(
    encoded: Tensor,
    settings: ResolvedSettings,
    generators: readonly TorchGenerator[],
    shape: readonly number[],
    timestep: number,
  ): Tensor {
    const { numImagesPerPrompt } = settings;
    const [pictures = 0] = encoded.shape;
    const images = shape[0] ?? 0;
    const repeated = Array.from({ length: pictures * numImagesPerPrompt }, (_, index) =>
      row(encoded, Math.floor(index / numImagesPerPrompt)),
    );
    // One picture for several prompts draws one noise, which all share.
    const shared = concatRows(repeated);
    const noisy = this.parts.scheduler.addNoise(shared, drawNoise(generators, shared.shape), timestep);
    return concatRows(Array.from({ length: images }, (_, index) => row(noisy, index % (noisy.shape[0] ?? 1))));
  }

  async *#denoise(
    phases: PhaseRecord[],
    settings: ResolvedSettings,
    { text, other }: GuidedTexts,
    latents: Tensor,
    timesteps: Int32Array,
    generators: readonly TorchGenerator[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<GenerationEvent, Tensor> {
    const begin = performance.now();
    yield { type: "phase", phase: "unet" };
    throwIfAborted(signal);
    const engine = this.#start();
    try {
      const [images = 0, , height = 0, width = 0] = latents.shape;
      const all = other === undefined ? text : joinTexts(text, other);
      const { denoiser, conditionings } = await Denoiser.open(engine, this.parts, { height, width }, timesteps, all);
      const inputs: DenoiseInputs = {
        latents,
        timesteps,
        conditional: conditionings.slice(0, images),
        unconditional: other === undefined ? undefined : conditionings.slice(images),
        guidanceScale: settings.guidanceScale,
        generators,
        signal,
      };
      let result = latents;
      for await (const step of denoise(denoiser, this.parts.scheduler, inputs)) {
        yield { type: "step", steps: timesteps.length, ...step };
        result = step.latents;
      }
      yield endOf("unet", phases, begin, engine);
      return result;
    } finally {
      await this.#stop(engine);
    }
  }

  /** One phase: its own inference process, whose memory is gone when it is over. */
  async *#phase<Result>(
    phase: Phase,
    phases: PhaseRecord[],
    signal: AbortSignal | undefined,
    work: (engine: InferenceProcess) => Promise<Result>,
  ): AsyncGenerator<GenerationEvent, Result> {
    const begin = performance.now();
    yield { type: "phase", phase };
    throwIfAborted(signal);
    const engine = this.#start();
    try {
      const result = await work(engine);
      yield endOf(phase, phases, begin, engine);
      return result;
    } finally {
      await this.#stop(engine);
    }
  }

  #start(): InferenceProcess {
    const { threads } = this.options;
    this.#engine = InferenceProcess.start(threads === undefined ? {} : { threads });
    return this.#engine;
  }

  async #stop(engine: InferenceProcess): Promise<void> {
    await engine.close();
    if (this.#engine === engine) {
      this.#engine = undefined;
    }
  }
}

/** The plain options among the inputs, checked. */
function optionsOf({
  image: _image,
  latents: _latents,
  promptEmbeds: _promptEmbeds,
  negativePromptEmbeds: _negativePromptEmbeds,
  signal: _signal,
  ...options
}: GenerateInputs): ReturnType<typeof parseOptions> {
  return parseOptions(options);
}

interface GenerationPlan {
  readonly settings: ResolvedSettings;
  readonly notices: readonly string[];
  readonly source: SourceImages | undefined;
  readonly latentShape: readonly number[];
  /** Steps that are really done. */
  readonly steps: number;
}

interface GuidedTexts {
  readonly text: TextBatch;
  readonly other: TextBatch | undefined;
}

function endOf(phase: Phase, phases: PhaseRecord[], begin: number, engine: InferenceProcess): GenerationEvent {
  const record = { phase, seconds: (performance.now() - begin) / 1000, peakBytes: engine.peakBytes };
  phases.push(record);
  return { type: "phase-end", ...record };
}

function joinTexts(a: TextBatch, b: TextBatch): TextBatch {
  return { embeds: concatRows([a.embeds, b.embeds]), mask: concatRows([a.mask, b.mask]) };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
