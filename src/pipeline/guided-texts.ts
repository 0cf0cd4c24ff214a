/** The texts of both branches of a generation. Reference: diffusers, pipeline_kandinsky3.py, encode_prompt. */
import type { TextForm } from "../models/unet/inputs.js";
import type { InferenceProcess } from "../runtime/inference-process.js";
import { concatRows } from "../tensor/tensor.js";
import type { ModelParts } from "./model-parts.js";
import type { GenerationPlan } from "./plan.js";
import {
  batchTexts,
  contextLength,
  emptyTexts,
  encodeTexts,
  repeatTexts,
  type TextBatch,
  tokenize,
} from "./prompt-embeddings.js";

export interface GuidedTexts {
  readonly text: TextBatch;
  /** What the guidance leads away from; `undefined` without guidance. */
  readonly other: TextBatch | undefined;
  readonly form: TextForm;
}

/** Embeds what is given as text and repeats everything for every picture. */
export async function embedTexts(
  engine: InferenceProcess,
  parts: ModelParts,
  { settings, guided, promptEmbeds, negativePromptEmbeds }: GenerationPlan,
): Promise<GuidedTexts> {
  const negatives = guided && negativePromptEmbeds === undefined ? (settings.negativePrompts ?? []) : [];
  const texts = [...settings.prompts, ...negatives];
  const encoded = texts.length === 0 ? [] : await encodeTexts(engine, parts, tokenize(parts.tokenizer, texts));
  const prompts = encoded.slice(0, settings.prompts.length);
  const text = promptEmbeds ?? batchTexts(prompts, contextLength(prompts.map(({ shape }) => shape[0] ?? 0)));
  const repeated = repeatTexts(text, settings.numImagesPerPrompt);
  const form = "encoder_hidden_states";
  if (!guided) {
    return { text: repeated, other: undefined, form };
  }
  const negative =
    negativePromptEmbeds ??
    (negatives.length === 0 ? emptyTexts(text) : batchTexts(encoded.slice(prompts.length), text.mask.shape[1] ?? 0));
  return { text: repeated, other: repeatTexts(negative, settings.numImagesPerPrompt), form };
}

/** Both branches one after the other in one batch. */
export function joinBranches({ text, other }: Omit<GuidedTexts, "form">): TextBatch {
  return other === undefined
    ? text
    : { embeds: concatRows([text.embeds, other.embeds]), mask: concatRows([text.mask, other.mask]) };
}
