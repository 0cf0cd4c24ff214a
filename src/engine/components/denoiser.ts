/**
 * The U-Net ready to run. What depends on time and text alone (modulations of every norm, keys and values of the text) is
 * computed once for all steps; its weights are gone before the rest is opened. On request the output of the inner levels is kept
 * for some steps, in which only the outermost level runs: Ma, Fang and Wang, "DeepCache", section 3.
 */
import { WeightScope } from "../../checkpoint/weight-scope.js";
import { GraphBuilder } from "../../graph/graph-builder.js";
import { hoist, type HoistedProgram } from "../../graph/partition.js";
import { type Program, programOf } from "../../graph/program.js";
import type { Value } from "../../graph/value.js";
import {
  innermostLevels,
  stepInvariant,
  type TextForm,
  type UNetInputSizes,
  unetInputs,
} from "../../models/unet/inputs.js";
import { unet } from "../../models/unet/unet.js";
import type { InferenceProcess } from "../../runtime/inference-process.js";
import type { Feed, Feeds } from "../../runtime/protocol.js";
import { elementCount } from "../../tensor/shape.js";
import { row, tensor, type Tensor } from "../../tensor/tensor.js";
import type { TextBatch } from "./prompt-embeds.js";
import { floatOutput, runOnce, StagedSession, type StageOptions } from "../execution/staged-session.js";
import type { UNetModel } from "../../loading/unet-model.js";
import { InternalError } from "../../errors.js";

/** Added to the scores of masked positions; the reference's number. */
const MASKED_SCORE = -10_000;

/** The hoisted results for one text: per name `[S | 1, ...]`. */
export type Conditioning = Feeds;

/** The inner levels' output for one branch of one picture, and the step that it is of. */
interface KeptFeatures {
  readonly step: number;
  readonly features: Feed;
}

export interface DenoiserOptions {
  readonly texts: TextBatch;
  readonly form: TextForm;
  /** The inner levels run in one of so many steps; 1 or nothing is every step. */
  readonly reuseFeatures?: number | undefined;
  readonly stages?: StageOptions | undefined;
}

/** One pass of the U-Net. */
export interface Pass {
  /** `[1, in_channels, h, w]`. */
  readonly sample: Tensor;
  readonly conditioning: Conditioning;
  /** Tells branches and pictures apart whose inner features are kept. */
  readonly slot: number;
}

export class Denoiser {
  readonly #kept = new Map<number, KeptFeatures>();

  private constructor(
    private readonly whole: Runnable,
    /** The outermost level alone, and what it reads of the inner ones; `undefined` when every step runs whole. */
    private readonly outer: OuterLevel | undefined,
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
    { texts, form, reuseFeatures = 1, stages = {} }: DenoiserOptions,
  ): Promise<{ denoiser: Denoiser; conditionings: readonly Conditioning[] }> {
    const [, tokens = 0] = texts.mask.shape;
    const reuses = reuseFeatures > 1;
    const build = (steps: number): HoistedUNet =>
      buildHoisted(model, { ...size, tokens, steps, textForm: form }, reuses);
    const times = tensor([timesteps.length], Float32Array.from(timesteps));
    const { feeds, indices } = distinctTexts(texts, form, times);
    const results = await runOnce(engine, build(timesteps.length).prologue, feeds, stages.maxStageBytes);
    const conditionings = indices.map((index) => ({ ...feeds[index], ...results[index] }));
    const { body, features, outer } = build(1);
    const whole = await openRunnable(engine, body, stages);
    const level =
      features === undefined || outer === undefined
        ? undefined
        : { ...(await openRunnable(engine, outer, stages)), features: features.name, lasts: reuseFeatures };
    return { denoiser: new Denoiser(whole, level), conditionings };
  }

  /** Predicts the noise in each sample at step `step`. */
  async predict(passes: readonly Pass[], step: number): Promise<readonly Tensor[]> {
    const shallow = passes.filter(({ slot }) => this.#featuresFor(slot, step) !== undefined);
    const deep = passes.filter((pass) => !shallow.includes(pass));
    const predictions = new Map([
      ...(await this.#predictShallow(shallow, step)),
      ...(await this.#predictDeep(deep, step)),
    ]);
    return passes.map((pass) => {
      const prediction = predictions.get(pass);
      if (prediction === undefined) {
        throw new InternalError("a pass without prediction");
      }
      return prediction;
    });
  }

  async #predictDeep(passes: readonly Pass[], step: number): Promise<(readonly [Pass, Tensor])[]> {
    const { whole, outer } = this;
    const feeds = passes.map(({ sample, conditioning }) => feedsAt(whole, { sample }, conditioning, step));
    const results = passes.length === 0 ? [] : await whole.session.runAll(feeds);
    return passes.map((pass, index) => {
      const outputs = results[index] ?? {};
      if (outer !== undefined) {
        this.#kept.set(pass.slot, { step, features: floatOutput(outputs, outer.features) });
      }
      return [pass, floatOutput(outputs, "prediction")] as const;
    });
  }

  async #predictShallow(passes: readonly Pass[], step: number): Promise<(readonly [Pass, Tensor])[]> {
    const { outer } = this;
    if (outer === undefined || passes.length === 0) {
      return [];
    }
    const feeds = passes.map(({ sample, conditioning, slot }) => {
      const features = this.#featuresFor(slot, step);
      return feedsAt(outer, { sample, ...(features && { [outer.features]: features }) }, conditioning, step);
    });
    const results = await outer.session.runAll(feeds);
    return passes.map((pass, index) => [pass, floatOutput(results[index] ?? {}, "prediction")] as const);
  }

  /** Inner features that are still good at `step`. */
  #featuresFor(slot: number, step: number): Feed | undefined {
    const kept = this.#kept.get(slot);
    const lasts = this.outer?.lasts ?? 0;
    return kept !== undefined && kept.step < step && step - kept.step < lasts ? kept.features : undefined;
  }
}

/** An open program, and the shapes of what it is fed. */
interface Runnable {
  readonly session: StagedSession;
  readonly inputs: ReadonlyMap<string, readonly number[]>;
}

interface OuterLevel extends Runnable {
  /** Name of the inner levels' output. */
  readonly features: string;
  /** Steps that it is good for, its own included. */
  readonly lasts: number;
}

async function openRunnable(engine: InferenceProcess, program: Program, stages: StageOptions): Promise<Runnable> {
  const inputs = new Map(program.inputs.map(({ name, shape }) => [name, shape]));
  return { session: await StagedSession.open(engine, program, stages), inputs };
}

/** What is given, and for every other input its value at this step. */
function feedsAt({ inputs }: Runnable, given: Feeds, conditioning: Conditioning, step: number): Feeds {
  const feeds: Record<string, Feed> = { ...given };
  for (const [name, shape] of inputs) {
    feeds[name] ??= atStep(name, conditioning[name], shape, step);
  }
  return feeds;
}

export interface HoistedUNet extends HoistedProgram {
  /** What the outermost level gets from the inner ones; only when it is to be kept. */
  readonly features: Value | undefined;
  /** The part of `body` that is left when `features` is fed. */
  readonly outer: Program | undefined;
}

/** Builds the U-Net for one sample at `steps` times and separates what the sample does not influence. */
export function buildHoisted({ config, source }: UNetModel, sizes: UNetInputSizes, reuses: boolean): HoistedUNet {
  const graph = new GraphBuilder();
  const inputs = unetInputs(graph, config, sizes);
  const prediction = unet(WeightScope.root(source), inputs, config);
  const outputs = new Map([["prediction", prediction]]);
  if (!reuses) {
    return { ...hoist(programOf(outputs), stepInvariant(inputs)), features: undefined, outer: undefined };
  }
  const path = innermostLevels(config);
  const features = graph.taps.get(path);
  if (features === undefined) {
    throw new InternalError(`no block ${path}`);
  }
  const both = new Map([...outputs, [features.name, features]]);
  const hoisted = hoist(programOf(both), stepInvariant(inputs));
  return { ...hoisted, features, outer: programOf(outputs, new Set([...hoisted.body.inputs, features])) };
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
    throw new InternalError(`no conditioning ${name}`);
  }
  const size = elementCount(shape);
  const offset = value.data.length === size ? 0 : step * size;
  return { shape, data: value.data.subarray(offset, offset + size) };
}
