/**
 * Text-to-image, image-to-image and inpainting with a Kandinsky 3 checkpoint. References: diffusers, pipelines/kandinsky3/, and
 * ai-forever/Kandinsky-3. Draws, rounding rules and defaults are the references', so that a seed gives its picture.
 */
import { join } from "node:path";
import { InternalError } from "../errors.js";
import { shapeSize } from "../tensor/shape.js";
import { parseByteSize } from "../text/byte-size.js";
import { BUNDLED_MODEL } from "../loading/bundled-model.js";
import { cacheFolder } from "../files/cache-folder.js";
import { InferenceProcesses } from "../engine/execution/inference-processes.js";
import type { GenerationEvent, GenerationResult, PictureResult } from "./events.js";
import { generateImages } from "./generation.js";
import type { InpaintingOptions } from "./request/inpainting-options.js";
import type { GenerateInputs } from "./request/inputs.js";
import { type ModelComponents, openModelComponents } from "../loading/model-components.js";
import { ComponentWeights, type QuantizationProgress } from "../engine/quantization/component-weights.js";
import { formatPrecision, parsePrecision, type Precision } from "../components/precision.js";
import { type LoadingOptions, parseLoading } from "./request/options.js";
import { presetDtype, type PresetName, withPreset } from "./request/presets.js";
import { resolveModel } from "../loading/resolve-model.js";
import type { ModelDefaults } from "../loading/generation-config.js";
import { precisionOf } from "../engine/quantization/stored-precision.js";
import type { OpenedModel } from "./phases/phase.js";
import { deviceNamed } from "../runtime/device.js";

export type { GenerateInputs } from "./request/inputs.js";

export interface LoadOptions extends LoadingOptions {
  /** Told while weights are rounded. */
  readonly onQuantization?: ((progress: QuantizationProgress) => void) | undefined;
  /** Told in one sentence what became of the cache: waited for, damaged and made again, or not to be written. */
  readonly onNote?: ((message: string) => void) | undefined;
}

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
    const { onQuantization, onNote, ...plain } = options;
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
    const opened: OpenedModel = {
      parts,
      variant,
      wanted: precision,
      precision: used,
      maxMemory,
      weights: new ComponentWeights(onQuantization, onNote),
      engines: new InferenceProcesses({ device, threads }),
      prompts: caches,
    };
    return new Kandinsky3(opened, name, used, preset);
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

  /** Repaints what a mask names, or paints what lies beyond a picture's borders. Everything else keeps its bytes. */
  inpaint(inputs: InpaintInputs & AsPictures): Promise<PictureResult>;
  inpaint(inputs: InpaintInputs): Promise<GenerationResult>;
  inpaint(inputs: InpaintInputs): Promise<GenerationResult> {
    return this.#finish(inputs);
  }

  /** Does the work and tells about it. An image makes it image-to-image, an image with a mask or `extend` inpainting. */
  generate(inputs: GenerateInputs): AsyncGenerator<GenerationEvent> {
    return generateImages(this.model, withPreset(this.preset, inputs));
  }

  /** Ends what is running at once. */
  kill(): void {
    this.model.engines.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.model.engines.close();
  }

  async #finish(inputs: GenerateInputs): Promise<GenerationResult> {
    for await (const event of this.generate(inputs)) {
      if (event.type === "done") {
        return event.result;
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
