/**
 * Text-to-image, image-to-image and inpainting with a Kandinsky 3 checkpoint. References: diffusers, pipelines/kandinsky3/, and
 * ai-forever/Kandinsky-3. Draws, rounding rules and defaults are the references', so that a seed gives its picture.
 */
import { UsageError } from "../errors.js";
import type { InferenceProcess } from "../runtime/inference-process.js";
import { TorchGenerator } from "../tensor/random.js";
import { concatRows, type Tensor } from "../tensor/tensor.js";
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
import type { InpaintingOptions } from "./inpainting/options.js";
import { embedOriginalTexts } from "./original-texts.js";
import type { ModelDefaults } from "./resolve-settings.js";
import { resolveModel } from "./resolve-model.js";
import { batchesOf, type EncodedImages, imagesToEncode, separateImages, startBatch } from "./starting-point.js";
import { formatPrecision, parsePrecision } from "./precision.js";
import { dtypeOf } from "./quantized-part.js";
import { type QuantizationProgress, reducePrecision } from "./reduce-precision.js";

export type { GenerateInputs } from "./inputs.js";

export interface LoadOptions {
  /** Which files to read, as `fp16` in `model.fp16.safetensors`. */
  readonly variant?: string | undefined;
  /** Branch, tag or commit of a model from the Hub; `main` when left out. */
  readonly revision?: string | undefined;
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

type InpaintingOption = "mask" | keyof InpaintingOptions;
export type TextInputs = Omit<GenerateInputs, "image" | "strength" | InpaintingOption>;
export type ImageInputs = Omit<GenerateInputs, InpaintingOption> & Required<Pick<GenerateInputs, "image">>;
export type InpaintInputs = GenerateInputs &
  Required<Pick<GenerateInputs, "image">> &
  (Required<Pick<GenerateInputs, "mask">> | Required<Pick<GenerateInputs, "extend">>);

/** Asks for pictures and not for latents alone. */
interface AsPictures {
  readonly outputType?: "image" | undefined;
}

export class Kandinsky3 {
  /** The model's name on the Hub, or that of its folder. */
  readonly name: string;
  readonly folder: string;
  readonly defaults: ModelDefaults;
  /** What the parts compute in, as `dtype` of the options says it. */
  readonly dtype: string;
  readonly #engines: EnginePool;

  private constructor(
    private readonly parts: ModelParts,
    name: string,
    threads: number | undefined,
  ) {
    this.folder = parts.folder.path;
    this.name = name;
    this.defaults = parts.defaults;
    this.dtype = formatPrecision({
      text_encoder: dtypeOf(parts.textEncoder.source.scheme),
      unet: dtypeOf([...parts.unets.values()][0]?.source.scheme),
      movq: dtypeOf(parts.movq.source.scheme),
    });
    this.#engines = new EnginePool(threads === undefined ? {} : { threads });
  }

  /**
   * Opens a model: a folder, a short name, or a name on the Hub whose files are in the cache. Checks it whole, loads nothing, and
   * fetches nothing. Throws `CheckpointError`, `ConfigError` or `UsageError`.
   */
  static async fromPretrained(model = BUNDLED_MODEL, options: LoadOptions = {}): Promise<Kandinsky3> {
    const { variant, revision, threads, dtype, onQuantization, signal } = options;
    const precision = dtype === undefined ? undefined : parsePrecision(dtype);
    if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
      throw new UsageError(`threads: expected a whole number of at least 1, got ${threads}`);
    }
    const { folder, name } = await resolveModel(model, { variant, revision });
    const stored = await openModelParts(folder, variant);
    const parts =
      precision === undefined
        ? stored
        : await reducePrecision(stored, precision, { onProgress: onQuantization, signal });
    return new Kandinsky3(parts, name, threads);
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

  /** Makes what a mask names, or what lies beyond a picture's borders, anew. Everything else keeps its bytes. */
  inpaint(inputs: InpaintInputs & AsPictures): Promise<PictureResult>;
  inpaint(inputs: InpaintInputs): Promise<GenerationResult>;
  inpaint(inputs: InpaintInputs): Promise<GenerationResult> {
    return this.#finish(inputs);
  }

  /** Does the work and tells about it. An image makes it image-to-image, an image with a mask or `extend` inpainting. */
  async *generate(inputs: GenerateInputs): AsyncGenerator<GenerationEvent> {
    const plan = planGeneration(this.parts, inputs);
    const { settings } = plan;
    yield { type: "settings", settings };
    for (const message of plan.notices) {
      yield { type: "notice", message };
    }
    const generators = settings.seeds.map((seed) => new TorchGenerator(seed));
    const run: Run = { plan, generators, phases: [], inputs };
    const embed = plan.originalTexts ? embedOriginalTexts : embedTexts;
    const texts = yield* this.#phase("text_encoder", run, (engine) => embed(engine, this.parts, plan));
    const encoded = yield* this.#encode(run);
    const latents = yield* this.#denoise(run, texts, encoded);
    let images: Tensor | undefined;
    if (settings.outputType === "image") {
      const decoded = yield* this.#phase("image_decoder", run, (engine) => decodeLatents(engine, this.parts, latents));
      images = plan.canvas?.finish(decoded) ?? decoded;
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

  /** Pictures to latents, where the plan has any. */
  async *#encode(run: Run): AsyncGenerator<GenerationEvent, EncodedImages> {
    const images = imagesToEncode(run.plan);
    let latents: Tensor | undefined;
    if (images !== undefined) {
      latents = yield* this.#phase("image_encoder", run, (engine) => encodeImages(engine, this.parts, images));
      yield { type: "encoded-image", latents };
    }
    return separateImages(run.plan, latents);
  }

  #denoise(run: Run, texts: GuidedTexts, encoded: EncodedImages): AsyncGenerator<GenerationEvent, Tensor> {
    const { plan, generators, inputs } = run;
    const { signal, callbackOnStepEnd } = inputs;
    const { timesteps, settings, unet, latentShape } = plan;
    return this.#process("unet", run, async function* (engine) {
      const [images = 0, , height = 0, width = 0] = latentShape;
      const { denoiser, conditionings } = await endOnAbort(engine, signal, () =>
        Denoiser.open(engine, unet, { height, width }, timesteps, {
          texts: joinBranches(texts),
          form: texts.form,
          reuseFeatures: settings.reuseFeatures,
        }),
      );
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
