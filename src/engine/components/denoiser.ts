/**
 * The U-Net ready to run. What depends on time and text alone (modulations of every norm, keys and values of the text) is
 * computed once for all steps; its weights are gone before the rest is opened. On request the output of the inner levels is kept
 * for some steps, in which only the outermost level runs: Ma, Fang and Wang, "DeepCache", section 3.
 */
import { setTimeout } from "node:timers/promises";
import { InternalError } from "../../errors.js";
import type { TextForm } from "../../models/unet/inputs.js";
import type { Program } from "../../graph/program.js";
import type { Engine, Feed, Feeds, HeldTensor, Outputs } from "../../runtime/engine.js";
import { axisSize } from "../../tensor/shape.js";
import { row, tensor, type Tensor } from "../../tensor/tensor.js";
import type { OpenedNetwork, Sides } from "../../components/network.js";
import type { UNetConfig } from "../../models/unet/config.js";
import {
  emitAhead,
  floatOutput,
  heldOutput,
  runOnce,
  StagedSession,
  type StageOptions,
} from "../execution/staged-session.js";
import { hoistedUNet } from "./hoisted-unet.js";
import type { PromptEmbeds } from "./prompt-embeds.js";

/** Added to the scores of masked positions; the reference's number. */
const MASKED_SCORE = -10_000;
/** How long a program for the engine may be on its way before this process is busy with the next one. */
const SENDING_MS = 5;

/** What the U-Net reads beside the sample, for one text: by name `[S | 1, ...]`. It stays with the engine until that ends. */
export type Conditioning = Readonly<Record<string, HeldTensor>>;

/** The inner levels' output for one branch of one image, and the step that it is of. */
interface KeptFeatures {
  readonly step: number;
  readonly features: HeldTensor;
}

export interface DenoiserOptions {
  readonly texts: PromptEmbeds;
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
  /** Tells branches and images apart whose inner features are kept. */
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
    engine: Engine,
    model: OpenedNetwork<UNetConfig>,
    size: Sides,
    timesteps: Int32Array,
    { texts, form, reuseFeatures = 1, stages = {} }: DenoiserOptions,
  ): Promise<{ denoiser: Denoiser; conditionings: readonly Conditioning[] }> {
    const tokens = axisSize(texts.mask.shape, 1);
    const { prologue, body, outer } = hoistedUNet(model, { ...size, tokens, form, keepsFeatures: reuseFeatures > 1 });
    const { feeds, indices } = distinctTexts(texts, form);
    const given = await Promise.all(feeds.map((text) => uploadAll(engine, text)));
    const times = await engine.upload(tensor([timesteps.length], Float32Array.from(timesteps)));
    const program = prologue(timesteps.length);
    const hold = [...program.outputs.keys()];
    const prologueFeeds = given.map((text) => ({ ...text, timesteps: times }));
    const [results, emitted] = await Promise.all([
      runOnce(engine, program, prologueFeeds, { maxStageBytes: stages.maxStageBytes, hold }),
      setTimeout(SENDING_MS).then(() => emitAhead(engine, body, stages)),
    ]);
    await times.release();
    const distinct = results.map((outputs, index) => ({ ...given[index], ...heldAll(outputs) }));
    const whole = await openRunnable(engine, body, stages, emitted);
    const level =
      outer === undefined
        ? undefined
        : { ...(await openRunnable(engine, outer.program, stages)), features: outer.features, lasts: reuseFeatures };
    const conditionings = indices.map((index) => distinct[index] ?? {});
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
    if (passes.length === 0) {
      return [];
    }
    const feeds = passes.map(({ sample, conditioning }) => feedsAt(whole, { sample }, conditioning, step));
    const results = await whole.session.runAll(feeds, { hold: outer === undefined ? [] : [outer.features] });
    const predictions: (readonly [Pass, Tensor])[] = [];
    for (const [index, pass] of passes.entries()) {
      const outputs = results[index] ?? {};
      if (outer !== undefined) {
        await this.#kept.get(pass.slot)?.features.release();
        this.#kept.set(pass.slot, { step, features: heldOutput(outputs, outer.features) });
      }
      predictions.push([pass, floatOutput(outputs, "prediction")]);
    }
    return predictions;
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
  #featuresFor(slot: number, step: number): HeldTensor | undefined {
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

async function openRunnable(
  engine: Engine,
  program: Program,
  stages: StageOptions,
  emitted?: Awaited<ReturnType<typeof emitAhead>>,
): Promise<Runnable> {
  const inputs = new Map(program.inputs.map(({ name, shape }) => [name, shape]));
  return { session: await StagedSession.open(engine, program, stages, emitted), inputs };
}

async function uploadAll(engine: Engine, text: Readonly<Record<string, Tensor>>): Promise<Conditioning> {
  const held = await Promise.all(
    Object.entries(text).map(async ([name, value]) => [name, await engine.upload(value)] as const),
  );
  return Object.fromEntries(held);
}

function heldAll(outputs: Outputs): Conditioning {
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, heldOutput(outputs, name)]));
}

/** What is given, and for every other input its value at this step. */
function feedsAt({ inputs }: Runnable, given: Feeds, conditioning: Conditioning, step: number): Feeds {
  const feeds: Record<string, Feed> = { ...given };
  for (const [name, shape] of inputs) {
    feeds[name] ??= atStep(name, conditioning[name], shape, step);
  }
  return feeds;
}

/** Feeds of each different text; `indices` says which of them a row of the batch has. */
function distinctTexts(
  { embeds, mask }: PromptEmbeds,
  form: TextForm,
): { readonly feeds: readonly Readonly<Record<string, Tensor>>[]; readonly indices: readonly number[] } {
  const feeds: Record<string, Tensor>[] = [];
  const seen: { readonly states: Tensor; readonly bits: Tensor }[] = [];
  const indices: number[] = [];
  for (let index = 0; index < axisSize(mask.shape, 0); index++) {
    const states = row(embeds, index);
    const bits = row(mask, index);
    let known = seen.findIndex((text) => equal(text.states, states) && equal(text.bits, bits));
    if (known === -1) {
      known = seen.push({ states, bits }) - 1;
      const scoreBias = bits.data.map((bit) => (1 - bit) * MASKED_SCORE);
      feeds.push({ [form]: states, score_bias: tensor([1, 1, 1, bits.data.length], scoreBias) });
    }
    indices.push(known);
  }
  return { feeds, indices };
}

function equal(a: Tensor, b: Tensor): boolean {
  return a.data.every((value, index) => value === b.data[index]);
}

/** The row of a hoisted value that belongs to one step; what does not depend on the time has one row for all. */
function atStep(name: string, value: HeldTensor | undefined, shape: readonly number[], step: number): Feed {
  if (value === undefined) {
    throw new InternalError(`no conditioning ${name}`);
  }
  return axisSize(value.shape, 0) === axisSize(shape, 0) ? value : value.row(step);
}
