/**
 * The texts of a generation as the original repository lays them out. Reference: ai-forever/Kandinsky-3,
 * kandinsky3/condition_processors.py and condition_encoders.py, and `text_guidance` in model/diffusion.py.
 */
import { WeightScope } from "../../checkpoint/weight-scope.js";
import { GraphBuilder } from "../../graph/graph-builder.js";
import { type Program, programOf } from "../../graph/program.js";
import { encoderProjection } from "../../models/unet/conditioning.js";
import { concatRows, row, tensor, type Tensor } from "../../tensor/tensor.js";
import type { GuidedPrompts } from "./guided-prompts.js";
import type { ResolvedRequest } from "./resolve-request.js";
import {
  batchPrompts,
  contextLength,
  repeatPrompts,
  type PromptEmbeds,
} from "../../engine/components/prompt-embeds.js";
import { floatOutput } from "../../engine/execution/staged-session.js";
import { runProgram } from "../../engine/residency/run-program.js";
import type { Workplace } from "../../engine/residency/workplace.js";
import type { UNetModel } from "../../loading/unet-model.js";
import { InternalError } from "../../errors.js";
import { axisSize, sequenceShape, type Shape } from "../../tensor/shape.js";

const PAD_ID = 0;
const PROJECTIONS = { name: "projection", most: 2 };

/**
 * Token ids of what is given as text: the prompt, and the negative prompt in the prompt's length. A longer one is cut and its last
 * token becomes the end, a shorter one is filled with padding that, unlike elsewhere, is attended to.
 */
export function originalPromptRows({ tokens, guided }: ResolvedRequest): readonly Int32Array[] {
  const [prompt] = tokens.prompts;
  const [negative] = guided ? tokens.negativePrompts : [];
  if (prompt === undefined) {
    return [];
  }
  const { inputIds } = prompt;
  if (negative === undefined) {
    return [inputIds];
  }
  const ids = negative.inputIds.slice(0, inputIds.length);
  const row = new Int32Array(inputIds.length).fill(PAD_ID);
  row.set(ids.slice(0, -1));
  row.set(inputIds.slice(-1), ids.length - 1);
  return [inputIds, row];
}

/** Projects the states of `originalTextRows`, lays them out, and repeats everything for every picture. */
export async function layOutOriginalPrompts(
  place: Workplace,
  { settings, guided, promptEmbeds, negativePromptEmbeds }: ResolvedRequest,
  unet: UNetModel,
  states: readonly Tensor[],
): Promise<GuidedPrompts> {
  const texts = (await project(place, unet, states)).map((context) =>
    batchPrompts([context], contextLength([axisSize(context.shape, 0)])),
  );
  const text = promptEmbeds ?? texts[0];
  if (text === undefined) {
    throw new InternalError("neither a prompt nor its embedding");
  }
  const other = negativePromptEmbeds ?? texts[1] ?? noText(text, unet.nullEmbedding);
  const repeat = (batch: PromptEmbeds): PromptEmbeds => repeatPrompts(batch, settings.numImagesPerPrompt);
  return { text: repeat(text), other: guided ? repeat(other) : undefined, form: "context" };
}

/** States `[tokens, encoder_hid_dim]`, all of one length, to contexts `[tokens, cross_attention_dim]`. */
async function project(
  place: Workplace,
  { config, source }: UNetModel,
  states: readonly Tensor[],
): Promise<readonly Tensor[]> {
  const [first] = states;
  if (first === undefined) {
    return [];
  }
  const batch = concatRows(states.map(({ shape, data }) => tensor([1, ...shape], data)));
  const build = (shape: Shape): Program => {
    const input = new GraphBuilder().input("states", "float32", shape);
    const output = encoderProjection(WeightScope.root(source).at("encoder_hid_proj"), input, config);
    return programOf(new Map([["contexts", output]]));
  };
  const { batch: texts, length, width } = sequenceShape(batch, "the encoded texts");
  const program = {
    group: PROJECTIONS,
    key: `${texts} texts`,
    build: () => ({ program: build(batch.shape), twin: build([texts, length + 1, width]) }),
  };
  const [result = {}] = await runProgram(place, program, [{ states: batch }]);
  const contexts = floatOutput(result, "contexts");
  return states.map((_, index) => {
    const { shape, data } = row(contexts, index);
    return tensor(shape.slice(1), data);
  });
}

/** The learned embedding at the first position, and nothing else. */
function noText({ embeds, mask }: PromptEmbeds, nullEmbedding: Tensor | undefined): PromptEmbeds {
  if (nullEmbedding === undefined) {
    throw new InternalError("no learned embedding for an empty text");
  }
  const { batch: texts, length, width } = sequenceShape(embeds, "the embedded prompts");
  const empty = { embeds: tensor(embeds.shape), mask: tensor(mask.shape) };
  for (let text = 0; text < texts; text++) {
    empty.embeds.data.set(nullEmbedding.data, text * length * width);
    empty.mask.data[text * length] = 1;
  }
  return empty;
}
