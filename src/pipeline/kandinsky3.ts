/**
 * Text-to-image, image-to-image and inpainting with a Kandinsky 3 checkpoint. References: diffusers, pipelines/kandinsky3/, and
 * ai-forever/Kandinsky-3. Draws, rounding rules and defaults are the references', so that a seed gives its picture.
 */
import { join } from "node:path";
import { WEB_RULES, type WebRule } from "../net/fetch-image.js";
import { InternalError, UsageError } from "../errors.js";
import { shapeSize } from "../tensor/shape.js";
import { eachOnce } from "../text/each-once.js";
import { formatSize, parseByteSize } from "../text/byte-size.js";
import { BUNDLED_MODEL } from "../loading/bundled-model.js";
import { cacheFolder } from "../files/cache-folder.js";
import { FilesInUse } from "../files/shared/files-in-use.js";
import { filesOf } from "../loading/model-files.js";
import { forEngines } from "../engine/memory/fit-memory.js";
import { Workplaces } from "../engine/residency/workplaces.js";
import { InferenceProcess } from "../runtime/inference-process.js";
import { Turnstile } from "./phases/turnstile.js";
import type { GenerationEvent, GenerationResult } from "./events.js";
import type { RawImage } from "../image/raw-image.js";
import type { Tensor } from "../tensor/tensor.js";
import type { OutputType } from "./request/options/sampling-options.js";
import { generateImages } from "./generation.js";
import type { InpaintingOptions } from "./request/inpainting-options.js";
import type { GenerateInputs } from "./request/inputs.js";
import { type ModelComponents, openModelComponents } from "../loading/model-components.js";
import { ComponentWeights, type QuantizationProgress } from "../engine/quantization/component-weights.js";
import { formatPrecision, parsePrecision, type Precision } from "../components/precision.js";
import { type LoadingOptions, parseLoading, withPlainChoices } from "./request/options.js";
import { presetDtype, type PresetName, withPreset } from "./request/presets.js";
import { resolveModel } from "../loading/resolve-model.js";
import type { ModelDefaults } from "../loading/generation-config.js";
import { precisionOf } from "../engine/quantization/stored-precision.js";
import type { OpenedModel } from "./phases/phase.js";
import { modelFactors } from "./previews/model-factors.js";
import type { PreviewFactors } from "./previews/preview-factors.js";
import { deviceNamed } from "../runtime/device.js";

export type { GenerateInputs } from "./request/inputs.js";

export interface LoadOptions extends LoadingOptions {
  /** Told while weights are rounded. */
  readonly onQuantization?: ((progress: QuantizationProgress) => void) | undefined;
  /** Told in one sentence what became of the cache: waited for, damaged and made again, or not to be written. */
  readonly onNote?: ((message: string) => void) | undefined;
  /**
   * From where images are fetched that are given as addresses of the web: `any` host (default), hosts of the `public` internet alone, without
   * proxies, or `none`. For programs that take addresses from others.
   */
  readonly webImages?: WebRule | undefined;
}

type InpaintingOption = "mask" | keyof InpaintingOptions;
/** Inputs of text-to-image. */
export type TextInputs = Omit<GenerateInputs, "image" | "strength" | InpaintingOption>;
/** Inputs of image-to-image. */
export type ImageInputs = Omit<GenerateInputs, InpaintingOption> & Required<Pick<GenerateInputs, "image">>;
/** Inputs of inpainting and outpainting. */
export type InpaintInputs = GenerateInputs &
  Required<Pick<GenerateInputs, "image">> &
  (Required<Pick<GenerateInputs, "mask">> | Required<Pick<GenerateInputs, "extend">>);

/** Inputs whose output is known by its type. */
export type InputsFor<Inputs, Type extends OutputType> = Inputs & { readonly outputType?: Type | undefined };
/** What a generation ends with, by the option `outputType`. */
export type ResultOf<Type extends OutputType> = GenerationResult<
  { image: readonly RawImage[]; tensor: Tensor; latent: undefined }[Type]
>;

/** What components that stay open may have together without a bound. */
const SHARE_OF_FREE_MEMORY = 0.75;

/** A model that is open for generations. One runs at a time; `close` or `await using` ends it. */
export class Kandinsky3 {
  readonly folder: string;
  readonly defaults: ModelDefaults;
  /** What the parts compute in, as `dtype` of the options says it. */
  readonly dtype: string;

  private constructor(
    private readonly model: OpenedModel,
    /** The model's name on the Hub, or that of its folder. */
    readonly name: string,
    precision: Precision,
    private readonly preset: PresetName,
  ) {
    this.folder = model.parts.folder.path;
    this.defaults = model.parts.defaults;
    this.dtype = formatPrecision(precision);
  }

  /**
   * Opens a model: a folder, a short name, or a name on the Hub whose files are in the cache. Checks it whole, loads nothing, and
   * fetches nothing. Throws `CheckpointError`, `ConfigError` or `UsageError`.
   */
  static async fromPretrained(model = BUNDLED_MODEL, options: LoadOptions = {}): Promise<Kandinsky3> {
    const { onQuantization, onNote, webImages = "any", ...plain } = options;
    if (!WEB_RULES.includes(webImages)) {
      throw UsageError.of("webImages", `got ${JSON.stringify(webImages)}, expected ${WEB_RULES.join(", ")}`);
    }
    // What is written wrongly is refused before anything is opened.
    const { variant, revision, threads, dtype, preset = "exact", promptCache = true, ...rest } = parseLoading(plain);
    const given = precisionIn(dtype);
    const device = deviceNamed(rest.device ?? "auto");
    const maxMemory = rest.maxMemory === undefined ? undefined : parseByteSize(rest.maxMemory, "maxMemory");
    const { folder, name } = await resolveModel(model, { variant, revision });
    const caches = promptCache ? join(cacheFolder(), "prompts") : undefined;
    const parts = await openModelComponents(folder, variant, caches);
    const precision = given ?? precisionIn(presetDtype(preset, unetWeights(parts)));
    const used = precisionOf(parts, precision);
    const note = eachOnce(onNote);
    const files = new FilesInUse();
    await files.add(await filesOf(parts));
    const budget = maxMemory === undefined ? SHARE_OF_FREE_MEMORY * process.availableMemory() : forEngines(maxMemory);
    const opened: OpenedModel = {
      name,
      parts,
      variant,
      wanted: precision,
      precision: used,
      maxMemory,
      files,
      weights: new ComponentWeights(onQuantization, note, files),
      onNote: note,
      places: new Workplaces({
        device,
        threads,
        keepAlive: rest.keepAlive,
        budget,
        start: (engine) => InferenceProcess.start(engine),
        onRelease: (role) => {
          note(
            `${role} does not stay open beside the other components, which may take ${formatSize(budget)} together; what needs it opens it anew`,
          );
        },
      }),
      turnstile: new Turnstile(),
      webImages,
      prompts: caches,
    };
    return new Kandinsky3(opened, name, used, preset);
  }

  /** Makes images from text. */
  textToImage<Type extends OutputType = "image">(inputs: InputsFor<TextInputs, Type>): Promise<ResultOf<Type>> {
    return this.#finish<Type>(inputs);
  }

  /** Makes images from text and an image. */
  imageToImage<Type extends OutputType = "image">(inputs: InputsFor<ImageInputs, Type>): Promise<ResultOf<Type>> {
    return this.#finish<Type>(inputs);
  }

  /** Repaints what a mask names, or paints what lies beyond an image's borders. Everything else keeps its bytes. */
  inpaint<Type extends OutputType = "image">(inputs: InputsFor<InpaintInputs, Type>): Promise<ResultOf<Type>> {
    return this.#finish<Type>(inputs);
  }

  /** Does the work and tells about it. An image makes it image-to-image, an image with a mask or `extend` inpainting. */
  generate(inputs: GenerateInputs): AsyncGenerator<GenerationEvent> {
    return generateImages(this.model, withPreset(this.preset, withPlainChoices(inputs)));
  }

  /**
   * What shows running latents in colours (`previewImages`): fitted to this model's decoder, once. Waits for a generation under way.
   * Throws as a generation does.
   */
  previewFactors(): Promise<PreviewFactors> {
    return modelFactors(this.model);
  }

  /** Ends what is running at once. */
  kill(): void {
    this.model.places.kill();
  }

  /** Ends its inference processes; a generation under way fails. */
  async close(): Promise<void> {
    await this.model.places.close();
  }

  /** As `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #finish<Type extends OutputType>(inputs: GenerateInputs): Promise<ResultOf<Type>> {
    for await (const event of this.generate(inputs)) {
      if (event.type === "done") {
        // The images follow from the option, which the events' type does not know.
        return event.result as ResultOf<Type>;
      }
    }
    throw new InternalError("a generation ended without a result");
  }
}

/** Of the first U-Net. */
function unetWeights({ unets }: ModelComponents): number {
  const [unet] = unets.values();
  return [...(unet?.source.tensors.values() ?? [])].reduce((sum, { shape }) => sum + shapeSize(shape), 0);
}

function precisionIn(dtype: string | undefined): Precision | undefined {
  return dtype === undefined ? undefined : parsePrecision(dtype);
}
