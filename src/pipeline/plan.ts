/** Checks everything that can be checked before any work is done, and says what the work will be. */
import { UsageError } from "../errors.js";
import { movqScale } from "../models/movq/config.js";
import { UNET_STRIDE } from "../models/unet/config.js";
import { formatShape, type Shape, sameShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type GenerateInputs, optionsOf } from "./inputs.js";
import type { ModelParts } from "./model-parts.js";
import { contextLength, type TextBatch, tokenize } from "./prompt-embeddings.js";
import { type ParsedOptions, type ResolvedSettings, resolveSettings } from "./settings.js";
import { prepareSourceImages, type SourceImages, stepsOfStrength } from "./source-image.js";

export interface GenerationPlan {
  readonly settings: ResolvedSettings;
  readonly notices: readonly string[];
  /** True when the other branch runs as well. */
  readonly guided: boolean;
  readonly source: SourceImages | undefined;
  readonly latents: Tensor | undefined;
  readonly latentShape: Shape;
  readonly promptEmbeds: TextBatch | undefined;
  readonly negativePromptEmbeds: TextBatch | undefined;
  /** Of the steps that are really done. */
  readonly timesteps: Int32Array;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Throws `UsageError` for the first thing that is wrong with the inputs. */
export function planGeneration(parts: ModelParts, inputs: GenerateInputs): GenerationPlan {
  const options = optionsOf(inputs);
  const { promptEmbeds, negativePromptEmbeds, latents, image } = inputs;
  checkTexts(options, promptEmbeds, negativePromptEmbeds);
  const count = promptEmbeds?.embeds.shape[0] ?? [options.prompt ?? ""].flat().length;
  const source = image === undefined ? undefined : readSource(parts, options, image, count);
  const { size, notices } =
    source === undefined ? textToImageSize(parts, options) : { size: source, notices: source.notices };
  const { width, height } = size;
  const mode = source === undefined ? "text-to-image" : "image-to-image";
  const settings = resolveSettings(options, mode, { width, height }, parts.defaults, count);

  const tokens = tokenize(parts.tokenizer, settings.prompts).map(({ inputIds }) => inputIds.length);
  const length = promptEmbeds?.embeds.shape[1] ?? contextLength(tokens);
  const embedsShape = [count, length, parts.unet.config.encoder_hid_dim];
  checkEmbeds("promptEmbeds", promptEmbeds, embedsShape);
  checkEmbeds("negativePromptEmbeds", negativePromptEmbeds, embedsShape);

  const scale = movqScale(parts.movq.config);
  const images = count * settings.numImagesPerPrompt;
  const latentShape = [images, parts.unet.config.in_channels, height / scale, width / scale];
  if (latents !== undefined && source !== undefined) {
    throw new UsageError("latents: got latents and an image, expected one of them");
  }
  checkTensor("latents", latents, latentShape);

  const schedule = parts.scheduler.timesteps(settings.numInferenceSteps);
  const steps =
    settings.strength === undefined ? schedule.length : stepsOfStrength(settings.numInferenceSteps, settings.strength);
  return {
    settings,
    notices: [...notices, ...droppedWords(parts, settings)],
    guided: settings.guidanceScale > 1,
    source,
    latents,
    latentShape,
    promptEmbeds,
    negativePromptEmbeds,
    timesteps: schedule.slice(schedule.length - steps),
  };
}

function checkTexts(
  options: ParsedOptions,
  promptEmbeds: TextBatch | undefined,
  negativePromptEmbeds: TextBatch | undefined,
): void {
  if ((options.prompt === undefined) === (promptEmbeds === undefined)) {
    const got = promptEmbeds === undefined ? "neither" : "both";
    throw new UsageError(`prompt: expected either a prompt or promptEmbeds, got ${got}`);
  }
  if (options.negativePrompt !== undefined && negativePromptEmbeds !== undefined) {
    throw new UsageError("negativePrompt: expected either a negative prompt or negativePromptEmbeds, got both");
  }
}

/** The asked size rounded as the reference does, and a notice when it was. */
function textToImageSize(parts: ModelParts, options: ParsedOptions): { size: Size; notices: readonly string[] } {
  const multiple = movqScale(parts.movq.config) * UNET_STRIDE;
  const wanted = { width: options.width ?? parts.defaults.width, height: options.height ?? parts.defaults.height };
  const size = { width: roundUp(wanted.width, multiple), height: roundUp(wanted.height, multiple) };
  const notice = `the picture will be ${size.width} x ${size.height}: sides are rounded up to multiples of ${multiple} (asked: ${wanted.width} x ${wanted.height})`;
  return { size, notices: size.width === wanted.width && size.height === wanted.height ? [] : [notice] };
}

function readSource(
  parts: ModelParts,
  options: ParsedOptions,
  image: NonNullable<GenerateInputs["image"]>,
  prompts: number,
): SourceImages {
  const got = [options.width === undefined ? [] : ["width"], options.height === undefined ? [] : ["height"]].flat();
  if (got.length > 0) {
    throw new UsageError(`${got.join(" and ")}: got with an image, expected neither, since its size is kept`);
  }
  const scale = movqScale(parts.movq.config);
  const source = prepareSourceImages([image].flat(), scale, scale * UNET_STRIDE);
  const pictures = source.images.shape[0] ?? 0;
  if (pictures !== 1 && pictures !== prompts) {
    throw new UsageError(`image: got ${pictures} pictures for ${prompts} prompts, expected one, or one for each`);
  }
  return source;
}

function checkEmbeds(name: string, batch: TextBatch | undefined, shape: Shape): void {
  checkTensor(`${name}.embeds`, batch?.embeds, shape);
  checkTensor(`${name}.mask`, batch?.mask, shape.slice(0, 2));
}

/** Arrays come from the caller's own code; one NaN would quietly spoil every picture. */
function checkTensor(name: string, value: Tensor | undefined, shape: Shape): void {
  if (value === undefined) {
    return;
  }
  if (!sameShape(value.shape, shape) || value.data.length === 0) {
    throw new UsageError(`${name}: got shape ${formatShape(value.shape)}, expected ${formatShape(shape)}`);
  }
  const wrong = value.data.findIndex((number) => !Number.isFinite(number));
  if (wrong !== -1) {
    throw new UsageError(`${name}: got ${String(value.data[wrong])} at index ${wrong}, expected finite numbers`);
  }
}

function droppedWords({ tokenizer }: ModelParts, settings: ResolvedSettings): string[] {
  return [settings.prompts, settings.negativePrompts ?? []].flatMap((texts) =>
    tokenize(tokenizer, texts).flatMap(({ droppedText }) =>
      droppedText === undefined
        ? []
        : [`the prompt is too long; this part is not used: ${JSON.stringify(droppedText)}`],
    ),
  );
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
