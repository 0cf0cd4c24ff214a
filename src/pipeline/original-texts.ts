/**
 * The texts of a generation as the original repository lays them out. Reference: ai-forever/Kandinsky-3,
 * kandinsky3/condition_processors.py and condition_encoders.py, and `text_guidance` in model/diffusion.py.
 */
import { WeightScope } from "../checkpoint/weight-scope.js";
import { encoderProjection } from "../models/unet/conditioning.js";
import type { InferenceProcess } from "../runtime/inference-process.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import type { GuidedTexts } from "./guided-texts.js";
import type { ModelParts } from "./model-parts.js";
import type { GenerationPlan } from "./plan.js";
import {
  batchTexts,
  contextLength,
  encodeTexts,
  MAX_TOKENS,
  repeatTexts,
  type TextBatch,
} from "./prompt-embeddings.js";
import type { UNetModel } from "./unet-model.js";

const PAD_ID = 0;

/** Embeds what is given as text, projects it, and repeats everything for every picture. */
export async function embedOriginalTexts(
  engine: InferenceProcess,
  parts: ModelParts,
  { settings, guided, unet, promptEmbeds, negativePromptEmbeds }: GenerationPlan,
): Promise<GuidedTexts> {
  const [prompt] = settings.prompts;
  const [negative] = guided ? (settings.negativePrompts ?? []) : [];
  const texts = prompt === undefined ? undefined : await encodePair(engine, parts, unet, prompt, negative);
  const text = promptEmbeds ?? texts?.[0];
  if (text === undefined) {
    throw new Error("internal: neither a prompt nor its embedding");
  }
  const other = negativePromptEmbeds ?? texts?.[1] ?? noText(text, unet.nullEmbedding);
  const repeat = (batch: TextBatch): TextBatch => repeatTexts(batch, settings.numImagesPerPrompt);
  return { text: repeat(text), other: guided ? repeat(other) : undefined, form: "context" };
}

/**
 * The prompt, and the negative prompt in the prompt's length: a longer one is cut and its last token becomes the end, a shorter
 * one is filled with padding that, unlike elsewhere, is attended to.
 */
async function encodePair(
  engine: InferenceProcess,
  parts: ModelParts,
  { config, source }: UNetModel,
  prompt: string,
  negative: string | undefined,
): Promise<readonly TextBatch[]> {
  const { inputIds } = parts.tokenizer.encode(prompt, MAX_TOKENS);
  const rows = [inputIds];
  if (negative !== undefined) {
    const ids = parts.tokenizer.encode(negative, MAX_TOKENS).inputIds.slice(0, inputIds.length);
    const row = new Int32Array(inputIds.length).fill(PAD_ID);
    row.set(ids.slice(0, -1));
    row.set(inputIds.slice(-1), ids.length - 1);
    rows.push(row);
  }
  const encodings = rows.map((row) => ({ inputIds: row }));
  const contexts = await encodeTexts(engine, parts, encodings, (states) =>
    encoderProjection(WeightScope.root(source).at("encoder_hid_proj"), states, config),
  );
  return contexts.map((context) => batchTexts([context], contextLength([inputIds.length])));
}

/** The learned embedding at the first position, and nothing else. */
function noText({ embeds, mask }: TextBatch, nullEmbedding: Tensor | undefined): TextBatch {
  if (nullEmbedding === undefined) {
    throw new Error("internal: no learned embedding for an empty text");
  }
  const [texts = 0, length = 0, width = 0] = embeds.shape;
  const empty = { embeds: tensor(embeds.shape), mask: tensor(mask.shape) };
  for (let text = 0; text < texts; text++) {
    empty.embeds.data.set(nullEmbedding.data, text * length * width);
    empty.mask.data[text * length] = 1;
  }
  return empty;
}
