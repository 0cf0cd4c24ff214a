/**
 * The U-Net ready to run. What depends on time and text alone (modulations of every norm, keys and values of the text) is
 * computed once for all steps; its weights are gone before the rest is opened.
 */
import { WeightScope } from "../checkpoint/weight-scope.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { hoist, type HoistedProgram } from "../graph/partition.js";
import { programOf } from "../graph/program.js";
import { stepInvariant, type TextForm, type UNetInputSizes, unetInputs } from "../models/unet/inputs.js";
import { unet } from "../models/unet/unet.js";
import type { InferenceProcess } from "../runtime/inference-process.js";
import type { Feed, Feeds } from "../runtime/protocol.js";
import { elementCount } from "../tensor/shape.js";
import { row, tensor, type Tensor } from "../tensor/tensor.js";
import type { TextBatch } from "./prompt-embeddings.js";
import { floatOutput, runOnce, StagedSession } from "./staged-run.js";
import type { UNetModel } from "./unet-model.js";

/** Added to the scores of masked positions; the reference's number. */
const MASKED_SCORE = -10_000;

/** The hoisted results for one text: per name `[S | 1, ...]`. */
export type Conditioning = Feeds;

export class Denoiser {
  private constructor(
    private readonly body: StagedSession,
    private readonly inputs: ReadonlyMap<string, readonly number[]>,
  ) {}

  /**
   * Prepares the U-Net for samples of `[1, in_channels, height, width]` and the given times.
   * @returns the denoiser, and the conditioning of each row of `texts`
   */
  static async open(
    engine: InferenceProcess,
    model: UNetModel,
    size: { readonly height: number; readonly width: number },
    timesteps: Int32Array,
    { texts, form }: { readonly texts: TextBatch; readonly form: TextForm },
  ): Promise<{ denoiser: Denoiser; conditionings: readonly Conditioning[] }> {
    const [, tokens = 0] = texts.mask.shape;
    const build = (steps: number): HoistedProgram => buildHoisted(model, { ...size, tokens, steps, textForm: form });
    const times = tensor([timesteps.length], Float32Array.from(timesteps));
    const { feeds, indices } = distinctTexts(texts, form, times);
    const results = await runOnce(engine, build(timesteps.length).prologue, feeds);
    const conditionings = indices.map((index) => ({ ...feeds[index], ...results[index] }));
    const { body } = build(1);
    const inputs = new Map(body.inputs.map(({ name, shape }) => [name, shape]));
    return { denoiser: new Denoiser(await StagedSession.open(engine, body), inputs), conditionings };
  }

  /** Predicts the noise in one sample `[1, C, h, w]` at step `step`. */
  async predict(sample: Tensor, conditioning: Conditioning, step: number): Promise<Tensor> {
    const feeds: Record<string, Feed> = { sample };
    for (const [name, shape] of this.inputs) {
      if (name !== "sample") {
        feeds[name] = atStep(name, conditioning[name], shape, step);
      }
    }
    return floatOutput(await this.body.run(feeds), "prediction");
  }
}

/** Builds the U-Net for one sample at `steps` times and separates what the sample does not influence. */
function buildHoisted({ config, source }: UNetModel, sizes: UNetInputSizes): HoistedProgram {
  const inputs = unetInputs(new GraphBuilder(), config, sizes);
  const prediction = unet(WeightScope.root(source), inputs, config);
  return hoist(programOf(new Map([["prediction", prediction]])), stepInvariant(inputs));
}

/** Feeds of each different text; `indices` says which of them a row of the batch has. */
function distinctTexts(
  { embeds, mask }: TextBatch,
  form: TextForm,
  timesteps: Tensor,
): { readonly feeds: readonly Feeds[]; readonly indices: readonly number[] } {
  const feeds: Feeds[] = [];
  const seen: { readonly states: Tensor; readonly bits: Tensor }[] = [];
  const indices: number[] = [];
  for (let index = 0; index < (mask.shape[0] ?? 0); index++) {
    const states = row(embeds, index);
    const bits = row(mask, index);
    let known = seen.findIndex((text) => equal(text.states, states) && equal(text.bits, bits));
    if (known === -1) {
      known = seen.push({ states, bits }) - 1;
      const scoreBias = bits.data.map((bit) => (1 - bit) * MASKED_SCORE);
      feeds.push({
        timesteps,
        [form]: states,
        score_bias: { shape: [1, 1, 1, bits.data.length], data: scoreBias },
      });
    }
    indices.push(known);
  }
  return { feeds, indices };
}

function equal(a: Tensor, b: Tensor): boolean {
  return a.data.every((value, index) => value === b.data[index]);
}

/** The rows of a hoisted value that belong to one step; what does not depend on the time has one row for all. */
function atStep(name: string, value: Feed | undefined, shape: readonly number[], step: number): Feed {
  if (value === undefined || !(value.data instanceof Float32Array)) {
    throw new Error(`internal: no conditioning ${name}`);
  }
  const size = elementCount(shape);
  const offset = value.data.length === size ? 0 : step * size;
  return { shape, data: value.data.subarray(offset, offset + size) };
}
