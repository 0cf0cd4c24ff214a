/**
 * Text-to-image and image-to-image with a Kandinsky 3 checkpoint. Reference: diffusers, pipelines/kandinsky3/.
 * Draws, rounding rules and defaults are the reference's, so that a seed gives its picture.
 */
import { basename } from "node:path";
import { UsageError } from "../errors.js";
import type { InferenceProcess } from "../runtime/inference-process.js";
import { drawNoise, TorchGenerator } from "../tensor/random.js";
import { concatRows, row, type Tensor } from "../tensor/tensor.js";
import { denoise } from "./denoise.js";
import { Denoiser } from "./denoiser.js";
import { endOnAbort, EnginePool, throwIfAborted } from "./engine-pool.js";
import type { GenerationEvent, GenerationResult, Phase, PictureResult } from "./events.js";
import { embedTexts, type GuidedTexts, joinBranches } from "./guided-texts.js";
import { decodeLatents, encodeImages } from "./image-codec.js";
import type { GenerateInputs } from "./inputs.js";
import { BUNDLED_MODEL } from "./bundled-model.js";
import { type ModelParts, openModelParts } from "./model-parts.js";
import { type GenerationPlan, planGeneration } from "./plan.js";
import { formatPrecision, parsePrecision } from "./precision.js";
import { dtypeOf } from "./quantized-part.js";
import { type QuantizationProgress, reducePrecision } from "./reduce-precision.js";
import type { ModelDefaults } from "./settings.js";

export type { GenerateInputs } from "./inputs.js";

export interface LoadOptions {
  /** Which files to read, as `fp16` in `model.fp16.safetensors`. */
  readonly variant?: string | undefined;
  /** Processor threads; all when left out. */
  readonly threads?: number | undefined;
  /**
   * What is computed in: `fp32`, `int8`, `int4`, or a list such as `text_encoder=int4,unet=int8`. Left out, weights are used as
   * they are stored. Weights that are stored in more bits are rounded once, into the cache.
   */
  readonly dtype?: string | undefined;
  /** Told while weights are rounded. */
  readonly onQuantization?: ((progress: QuantizationProgress) => void) | undefined;
  /** Stops the rounding, which goes on from there the next time. */
  readonly signal?: AbortSignal | undefined;
}

/** What one generation carries from phase to phase. */
interface Run {
  readonly plan: GenerationPlan;
  readonly generators: readonly TorchGenerator[];
  readonly phases: PhaseRecord[];
  readonly inputs: GenerateInputs;
}

type PhaseRecord = GenerationResult["phases"][number];

export type TextInputs = Omit<GenerateInputs, "image" | "strength">;
export type ImageInputs = GenerateInputs & Required<Pick<GenerateInputs, "image">>;

/** Asks for pictures and not for latents alone. */
interface AsPictures {
  readonly outputType?: "image" | undefined;
}

export class Kandinsky3 {
  /** Name of the model's folder. */
  readonly name: string;
  readonly folder: string;
  readonly defaults: ModelDefaults;
  /** What the parts compute in, as `dtype` of the options says it. */
  readonly dtype: string;
  readonly #engines: EnginePool;

  private constructor(
    private readonly parts: ModelParts,
    threads: number | undefined,
  ) {
    this.folder = parts.folder.path;
    this.name = basename(this.folder);
    this.defaults = parts.defaults;
    this.dtype = formatPrecision({
      text_encoder: dtypeOf(parts.textEncoder.source.scheme),
      unet: dtypeOf(parts.unet.source.scheme),
      movq: dtypeOf(parts.movq.source.scheme),
    });
    this.#engines = new EnginePool(threads === undefined ? {} : { threads });
  }

  /** Opens a diffusers folder: checks it whole, loads nothing. Throws `CheckpointError`, `ConfigError` or `UsageError`. */
  static async fromPretrained(folder = BUNDLED_MODEL, options: LoadOptions = {}): Promise<Kandinsky3> {
    const { variant, threads, dtype, onQuantization, signal } = options;
    const precision = dtype === undefined ? undefined : parsePrecision(dtype);
    if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
      throw new UsageError(`threads: expected a whole number of at least 1, got ${threads}`);
    }
    const stored = await openModelParts(folder, variant);
    const parts =
      precision === undefined
        ? stored
        : await reducePrecision(stored, precision, { onProgress: onQuantization, signal });
    return new Kandinsky3(parts, threads);
  }

  /** Makes pictures from text. */
  textToImage(inputs: TextInputs & AsPictures): Promise<PictureResult>;
  textToImage(inputs: TextInputs): Promise<GenerationResult>;
  textToImage(inputs: TextInputs): Promise<GenerationResult> {
    return this.#finish(inputs);
  }

  /** Makes pictures from text and a picture. */
  imageToImage(inputs: ImageInputs & AsPictures): Promise<PictureResult>;
  imageToImage(inputs: ImageInputs): Promise<GenerationResult>;
  imageToImage(inputs: ImageInputs): Promise<GenerationResult> {
    return this.#finish(inputs);
  }

  /** Does the work and tells about it. An image makes it image-to-image. */
  async *generate(inputs: GenerateInputs): AsyncGenerator<GenerationEvent> {
    const plan = planGeneration(this.parts, inputs);
    const { settings } = plan;
    yield { type: "settings", settings };
    for (const message of plan.notices) {
      yield { type: "notice", message };
    }
    const generators = settings.seeds.map((seed) => new TorchGenerator(seed));
    const run: Run = { plan, generators, phases: [], inputs };
    const texts = yield* this.#phase("text_encoder", run, (engine) => embedTexts(engine, this.parts, plan));
    const start = yield* this.#initialLatents(run);
    const latents = yield* this.#denoise(run, texts, start);
    let images: Tensor | undefined;
    if (settings.outputType === "image") {
      images = yield* this.#phase("image_decoder", run, (engine) => decodeLatents(engine, this.parts, latents));
    }
    yield { type: "done", result: { settings, latents, images, phases: run.phases } };
  }

  /** Ends what is running at once. */
  kill(): void {
    this.#engines.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engines.close();
  }

  async #finish(inputs: GenerateInputs): Promise<GenerationResult> {
    for await (const event of this.generate(inputs)) {
      if (event.type === "done") {
        return event.result;
      }
    }
    throw new Error("internal: a generation ended without a result");
  }

  /** Given latents, noise, or encoded pictures with noise of the first used timestep. */
  async *#initialLatents(run: Run): AsyncGenerator<GenerationEvent, Tensor> {
    const { plan, generators } = run;
    const { source, latents, latentShape } = plan;
    if (source === undefined) {
      return latents ?? drawNoise(generators, latentShape);
    }
    const encoded = yield* this.#phase("image_encoder", run, (engine) =>
      encodeImages(engine, this.parts, source.images),
    );
    yield { type: "encoded-image", latents: encoded };
    const { numImagesPerPrompt } = plan.settings;
    const pictures = encoded.shape[0] ?? 0;
    // One picture for several prompts draws one noise, which all share.
    const shared = repeatRows(encoded, pictures * numImagesPerPrompt, (index) =>
      Math.floor(index / numImagesPerPrompt),
    );
    const noise = drawNoise(generators, shared.shape);
    const noisy = this.parts.scheduler.addNoise(shared, noise, plan.timesteps[0] ?? 0);
    return repeatRows(noisy, latentShape[0] ?? 0, (index) => index % (noisy.shape[0] ?? 1));
  }

  #denoise(run: Run, texts: GuidedTexts, latents: Tensor): AsyncGenerator<GenerationEvent, Tensor> {
    const { plan, generators, inputs } = run;
    const { signal, callbackOnStepEnd } = inputs;
    const { timesteps, settings } = plan;
    const { parts } = this;
    return this.#process("unet", run, async function* (engine) {
      const [images = 0, , height = 0, width = 0] = latents.shape;
      const { denoiser, conditionings } = await endOnAbort(engine, signal, () =>
        Denoiser.open(engine, parts, { height, width }, timesteps, joinBranches(texts)),
      );
      const steps = denoise(denoiser, parts.scheduler, {
        latents,
        timesteps,
        conditional: conditionings.slice(0, images),
        unconditional: texts.other === undefined ? undefined : conditionings.slice(images),
        guidanceScale: settings.guidanceScale,
        generators,
        callbackOnStepEnd,
        signal,
      });
      let result = latents;
      for await (const step of steps) {
        yield { type: "step", steps: timesteps.length, ...step };
        result = step.latents;
      }
      return result;
    });
  }

  /** A phase that has nothing to tell on its way. */
  #phase<Result>(
    phase: Phase,
    run: Run,
    work: (engine: InferenceProcess) => Promise<Result>,
  ): AsyncGenerator<GenerationEvent, Result> {
    // eslint-disable-next-line require-yield -- the other phase yields its steps
    return this.#process(phase, run, async function* (engine) {
      return await endOnAbort(engine, run.inputs.signal, () => work(engine));
    });
  }

  /** One phase: its own inference process, whose memory is gone when it is over. */
  async *#process<Result>(
    phase: Phase,
    { phases, inputs }: Run,
    work: (engine: InferenceProcess) => AsyncGenerator<GenerationEvent, Result>,
  ): AsyncGenerator<GenerationEvent, Result> {
    const begin = performance.now();
    yield { type: "phase", phase };
    throwIfAborted(inputs.signal);
    const engine = this.#engines.start();
    try {
      const result = yield* work(engine);
      const record: PhaseRecord = {
        phase,
        seconds: (performance.now() - begin) / 1000,
        peakBytes: engine.peakBytes,
      };
      phases.push(record);
      yield { type: "phase-end", ...record };
      return result;
    } finally {
      await this.#engines.stop(engine);
    }
  }
}

/** `count` rows, each the row of `source` that `from` names. */
function repeatRows(source: Tensor, count: number, from: (index: number) => number): Tensor {
  return concatRows(Array.from({ length: count }, (_, index) => row(source, from(index))));
}
