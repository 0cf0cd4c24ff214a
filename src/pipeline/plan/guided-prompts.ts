/** The texts of both branches of a generation. Reference: diffusers, pipeline_kandinsky3.py, encode_prompt. */
import type { TextForm } from "../../models/unet/inputs.js";
import { concatRows, type Tensor } from "../../tensor/tensor.js";
import type { GenerationPlan } from "./resolve-request.js";
import {
  batchTexts,
  contextLength,
  emptyTexts,
  repeatTexts,
  type TextBatch,
} from "../../engine/components/prompt-embeds.js";
import { axisSize } from "../../tensor/shape.js";

export interface GuidedTexts {
  readonly text: TextBatch;
  /** What the guidance leads away from; `undefined` without guidance. */
  readonly other: TextBatch | undefined;
  readonly form: TextForm;
}

/** Token ids of what is given as text: prompts, then negative prompts. */
export function textRows({ tokens, guided, negativePromptEmbeds }: GenerationPlan): readonly Int32Array[] {
  const negatives = guided && negativePromptEmbeds === undefined ? tokens.negativePrompts : [];
  return [...tokens.prompts, ...negatives].map(({ inputIds }) => inputIds);
}

/** Lays the states of `textRows` out, and repeats everything for every picture. */
export function layOutTexts(
  { settings, guided, promptEmbeds, negativePromptEmbeds }: GenerationPlan,
  states: readonly Tensor[],
): GuidedTexts {
  const prompts = states.slice(0, settings.prompts.length);
  const negatives = states.slice(settings.prompts.length);
  const text = promptEmbeds ?? batchTexts(prompts, contextLength(prompts.map(({ shape }) => axisSize(shape, 0))));
  const repeated = repeatTexts(text, settings.numImagesPerPrompt);
  const form = "encoder_hidden_states";
  if (!guided) {
    return { text: repeated, other: undefined, form };
  }
  const negative =
    negativePromptEmbeds ??
    (negatives.length === 0 ? emptyTexts(text) : batchTexts(negatives, axisSize(text.mask.shape, 1)));
  return { text: repeated, other: repeatTexts(negative, settings.numImagesPerPrompt), form };
}

/** Both branches one after the other in one batch. */
export function joinBranches({ text, other }: Omit<GuidedTexts, "form">): TextBatch {
  return other === undefined
    ? text
    : { embeds: concatRows([text.embeds, other.embeds]), mask: concatRows([text.mask, other.mask]) };
}
