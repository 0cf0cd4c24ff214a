/** The texts of both branches of a generation. Reference: diffusers, pipeline_kandinsky3.py, encode_prompt. */
import type { TextForm } from "../../models/unet/inputs.js";
import { concatRows, type Tensor } from "../../tensor/tensor.js";
import type { ResolvedRequest } from "./resolve-request.js";
import {
  batchPrompts,
  contextLength,
  emptyPrompts,
  repeatPrompts,
  type PromptEmbeds,
} from "../../engine/components/prompt-embeds.js";
import { axisSize } from "../../tensor/shape.js";

export interface GuidedPrompts {
  readonly text: PromptEmbeds;
  /** What the guidance leads away from; `undefined` without guidance. */
  readonly other: PromptEmbeds | undefined;
  readonly form: TextForm;
}

/** Token ids of what is given as text: prompts, then negative prompts. */
export function promptRows({ tokens, guided, negativePromptEmbeds }: ResolvedRequest): readonly Int32Array[] {
  const negatives = guided && negativePromptEmbeds === undefined ? tokens.negativePrompts : [];
  return [...tokens.prompts, ...negatives].map(({ inputIds }) => inputIds);
}

/** Lays the states of `textRows` out, and repeats everything for every picture. */
export function layOutPrompts(
  { settings, guided, promptEmbeds, negativePromptEmbeds }: ResolvedRequest,
  states: readonly Tensor[],
): GuidedPrompts {
  const prompts = states.slice(0, settings.prompts.length);
  const negatives = states.slice(settings.prompts.length);
  const text = promptEmbeds ?? batchPrompts(prompts, contextLength(prompts.map(({ shape }) => axisSize(shape, 0))));
  const repeated = repeatPrompts(text, settings.numImagesPerPrompt);
  const form = "encoder_hidden_states";
  if (!guided) {
    return { text: repeated, other: undefined, form };
  }
  const negative =
    negativePromptEmbeds ??
    (negatives.length === 0 ? emptyPrompts(text) : batchPrompts(negatives, axisSize(text.mask.shape, 1)));
  return { text: repeated, other: repeatPrompts(negative, settings.numImagesPerPrompt), form };
}

/** Both branches one after the other in one batch. */
export function joinBranches({ text, other }: Omit<GuidedPrompts, "form">): PromptEmbeds {
  return other === undefined
    ? text
    : { embeds: concatRows([text.embeds, other.embeds]), mask: concatRows([text.mask, other.mask]) };
}
