/** Checks everything that can be checked before any work is done, and says what the work will be. */
import { describeReading } from "../../checkpoint/tensor-location.js";
import { CheckpointError, ConfigError, UsageError } from "../../errors.js";
import type { Notice } from "../events.js";
import type { Scheduler } from "../../scheduler/scheduler.js";
import type { Rectangle } from "../../image/geometry.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkTensor } from "../request/check-tensor.js";
import { optionsOf, type ReadInputs } from "../request/inputs.js";
import type { Canvas } from "./inpainting/canvas.js";
import { resolveInpainting } from "../request/inpainting-options.js";
import type { Mode } from "../request/mode.js";
import type { ModelComponents } from "../../loading/model-components.js";
import {
  contextLength,
  type PromptTokens,
  type PromptEmbeds,
  tokenize,
} from "../../engine/components/prompt-embeds.js";
import { refuseOtherModes } from "../request/refusals.js";
import { resolveSettings } from "../request/resolve-settings.js";
import { isGuided, makeScheduler, type SamplerName } from "../../scheduler/samplers.js";
import type { ParsedOptions, ResolvedSettings } from "../request/options.js";
import type { SourceImages } from "./source-images.js";
import { stepsOfStrength } from "./strength.js";
import { sourceOf } from "./source.js";
import type { UNetModel } from "../../loading/unet-model.js";
import { lostText, wordsNotLearned } from "./lost-text.js";
import { chooseUNet, inpaintingMethod } from "./choose-unet.js";

export interface ResolvedRequest {
  readonly settings: ResolvedSettings;
  readonly notices: readonly Notice[];
  readonly unet: UNetModel;
  readonly scheduler: Scheduler;
  /** True when the other branch runs as well. */
  readonly guided: boolean;
  /** Whether texts are laid out as in the original repository, with its learned embedding for "no text". */
  readonly originalPrompts: boolean;
  readonly source: SourceImages | undefined;
  readonly canvas: Canvas | undefined;
  /** The part of the decoded images that is given out; `undefined` for all of it. */
  readonly kept: Rectangle | undefined;
  readonly latents: Tensor | undefined;
  readonly latentShape: Shape;
  /** How many prompts there are, as texts or embedded. */
  readonly prompts: number;
  /** Positions of the prompts as the U-Net gets them. */
  readonly contextLength: number;
  /** Of what is given as text. */
  readonly tokens: PromptTokens;
  readonly promptEmbeds: PromptEmbeds | undefined;
  readonly negativePromptEmbeds: PromptEmbeds | undefined;
  /** Of the steps that are really done. */
  readonly timesteps: Int32Array;
}

/** Throws `UsageError` for the first thing that is wrong with the inputs. */
export function resolveRequest(parts: ModelComponents, inputs: ReadInputs): ResolvedRequest {
  const options = optionsOf(inputs);
  const { promptEmbeds, negativePromptEmbeds, latents, image } = inputs;
  checkTexts(options, promptEmbeds, negativePromptEmbeds);
  const mode = modeOf(options, inputs);
  refuseOtherModes(options, mode);
  const { refusal } = parts.scheduler;
  if (refusal !== undefined && options.sampler === undefined) {
    throw new ConfigError(refusal, { options: ["sampler"] });
  }
  const sampler = options.sampler ?? parts.sampler;
  const unet = chooseUNet({ path: parts.folder.path, unets: parts.unets }, mode, sampler);
  const inpainting = mode === "inpainting" ? resolveInpainting(options, inpaintingMethod(unet)) : undefined;
  const prompts = promptEmbeds?.embeds.shape[0] ?? [options.prompt ?? ""].flat().length;

  const subject = sourceOf(parts, options, inputs, inpainting, prompts);
  const settings = resolveSettings(options, { mode, sampler, ...subject.size, prompts, inpainting }, parts.defaults);

  const originalTexts = sampler !== "ddpm" && unet.nullEmbedding !== undefined;
  if (originalTexts && prompts > 1) {
    throw UsageError.of(
      "prompt",
      `got ${prompts} prompts with the sampler ${sampler}, expected one: its texts cannot be padded to one length`,
    );
  }
  const tokens: PromptTokens = {
    prompts: tokenize(parts.tokenizer, settings.prompts),
    negativePrompts: tokenize(parts.tokenizer, settings.negativePrompts ?? []),
  };
  const length = promptEmbeds?.embeds.shape[1] ?? contextLength(tokens.prompts.map(({ inputIds }) => inputIds.length));
  const { cross_attention_dim: contextWidth, encoder_hid_dim: encoderWidth, out_channels: channels } = unet.config;
  const embedsShape = [prompts, length, originalTexts ? contextWidth : encoderWidth];
  checkEmbeds("promptEmbeds", promptEmbeds, embedsShape);
  checkEmbeds("negativePromptEmbeds", negativePromptEmbeds, embedsShape);

  const images = prompts * settings.numImagesPerPrompt;
  const latentShape = [images, channels, subject.latentSize.height, subject.latentSize.width];
  if (latents !== undefined && image !== undefined) {
    throw UsageError.of("latents", "got latents and an image, expected one of them");
  }
  checkTensor("latents", latents, latentShape);

  const scheduler = makeScheduler(sampler, mode === "inpainting", options.eta, parts.scheduler.config);
  const schedule = scheduler.timesteps(settings.numInferenceSteps);
  const guided = isGuided(sampler, settings.guidanceScale);
  const steps = settings.strength === undefined ? schedule.length : stepsOfStrength(schedule.length, settings.strength);
  return {
    settings,
    notices: [
      ...filesNotices(parts).map(plainNotice),
      ...subject.notices.map(plainNotice),
      ...methodNotices(settings).map(plainNotice),
      ...samplerNotices(options, sampler, originalTexts),
      ...guidanceNotices(options, settings, guided).map(plainNotice),
      ...lostText(tokens).map(plainNotice),
      ...wordsNotLearned(parts.knownWords, tokens, settings.prompts).map(plainNotice),
    ],
    unet,
    scheduler,
    guided,
    originalPrompts: originalTexts,
    source: subject.source,
    canvas: subject.canvas,
    kept: subject.kept,
    latents,
    latentShape,
    prompts,
    contextLength: length,
    tokens,
    promptEmbeds,
    negativePromptEmbeds,
    timesteps: schedule.slice(schedule.length - steps),
  };
}

function modeOf(options: ParsedOptions, { image, mask }: ReadInputs): Mode {
  if (image !== undefined && (mask !== undefined || options.extend !== undefined)) {
    return "inpainting";
  }
  return image === undefined ? "text-to-image" : "image-to-image";
}

function checkTexts(
  options: ParsedOptions,
  promptEmbeds: PromptEmbeds | undefined,
  negativePromptEmbeds: PromptEmbeds | undefined,
): void {
  if ((options.prompt === undefined) === (promptEmbeds === undefined)) {
    const got = promptEmbeds === undefined ? "neither" : "both";
    throw UsageError.of("prompt", `expected either a prompt or promptEmbeds, got ${got}`);
  }
  if (options.negativePrompt !== undefined && negativePromptEmbeds !== undefined) {
    throw UsageError.of("negativePrompt", "expected either a negative prompt or negativePromptEmbeds, got both");
  }
}

function checkEmbeds(name: string, batch: PromptEmbeds | undefined, shape: Shape): void {
  checkTensor(`${name}.embeds`, batch?.embeds, shape);
  checkTensor(`${name}.mask`, batch?.mask, shape.slice(0, 2));
}

function methodNotices({ inpainting }: ResolvedSettings): string[] {
  return inpainting?.method === "blending"
    ? ["there is no inpainting U-Net here: known parts of the picture are blended in at every step"]
    : [];
}

/** What was passed over in the files, or read otherwise than it lies there. */
function filesNotices({ notes, textEncoder, unets, movq }: ModelComponents): string[] {
  const { weights } = textEncoder;
  const opened = [...(weights instanceof CheckpointError ? [] : [weights]), ...unets.values(), movq];
  return [...new Set([...notes, ...opened.flatMap(({ source }) => describeReading(source))])];
}

function plainNotice(message: string): Notice {
  return { message };
}

function samplerNotices(options: ParsedOptions, sampler: SamplerName, originalTexts: boolean): Notice[] {
  const unused = (["numInferenceSteps", "guidanceScale", "negativePrompt"] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (sampler === "flash" && unused.length > 0) {
    const message = `the flash sampler takes 4 steps without guidance; not used: ${unused.join(", ")}`;
    return [{ message, options: unused }];
  }
  return sampler === "original" && !originalTexts
    ? [plainNotice("this model has no learned embedding for an empty text: zeros stand for it, as in diffusers")]
    : [];
}

/** The flash sampler has a notice of its own. */
function guidanceNotices(
  { negativePrompt }: ParsedOptions,
  { guidanceScale, sampler }: ResolvedSettings,
  guided: boolean,
): string[] {
  return negativePrompt !== undefined && !guided && sampler !== "flash"
    ? [`a guidance scale of ${guidanceScale} is no guidance: the negative prompt is not used`]
    : [];
}
