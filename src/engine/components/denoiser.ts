/**
 * The U-Net ready to run. What depends on time and text alone (modulations of every norm, keys and values of the text) is
 * computed once for all steps; its weights are gone before the rest is opened. On request the output of the inner levels is kept
 * for some steps, in which only the outermost level runs: Ma, Fang and Wang, "DeepCache", section 3.
 */
import { InternalError } from "../../errors.js";
import type { TextForm } from "../../models/unet/inputs.js";
import type { Program } from "../../graph/program.js";
import type { Feed, Feeds, HeldTensor } from "../../runtime/engine.js";
import { axisSize } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { OpenedNetwork, Sides } from "../../components/network.js";
import type { UNetConfig } from "../../models/unet/config.js";
import { floatOutput, heldOutput, StagedSession, type StageOptions } from "../execution/staged-session.js";
import type { Group, Releasable, Workplace } from "../residency/workplace.js";
import { type Conditioning, conditionOn } from "./conditioning.js";
import { hoistedUNet, type HoistedUNetSizes } from "./hoisted-unet.js";
import type { PromptEmbeds } from "./prompt-embeds.js";

/** Sizes that stay open beside each other. */
const MOST_SIZES = 3;

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
    place: Workplace,
    model: OpenedNetwork<UNetConfig>,
    size: Sides,
    timesteps: Int32Array,
    { texts, form, reuseFeatures = 1, stages }: DenoiserOptions,
  ): Promise<{ denoiser: Denoiser; conditionings: readonly Conditioning[] }> {
    const tokens = axisSize(texts.mask.shape, 1);
    const sizes = { ...size, tokens, form, keepsFeatures: reuseFeatures > 1 };
    const conditionings = await conditionOn(place, model, sizes, timesteps, texts, stages?.maxStageBytes);
    const { whole, outer } = await openBody(place, model, sizes, stages);
    return { denoiser: new Denoiser(whole, outer && { ...outer, lasts: reuseFeatures }), conditionings };
  }

  /** Opens what runs at every step, ahead of time: the texts need not be known. */
  static prepare(
    place: Workplace,
    model: OpenedNetwork<UNetConfig>,
    sizes: HoistedUNetSizes,
    stages?: StageOptions,
  ): void {
    place.prepare(groupOf(stages), keyOf(sizes), () => makeBody(place, model, sizes, stages));
  }

  /** Gives kept features back; what is open and the conditioning stay where they are. */
  async release(): Promise<void> {
    await Promise.all([...this.#kept.values()].map(({ features }) => features.release()));
    this.#kept.clear();
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

/** The body for one size, open for texts of any length. */
interface Body extends Releasable {
  readonly whole: Runnable;
  readonly outer: Omit<OuterLevel, "lasts"> | undefined;
}

function openBody(
  place: Workplace,
  model: OpenedNetwork<UNetConfig>,
  sizes: HoistedUNetSizes,
  stages: StageOptions | undefined,
): Promise<Body> {
  return place.opened(groupOf(stages), keyOf(sizes), () => makeBody(place, model, sizes, stages));
}

function groupOf(stages: StageOptions | undefined): Group {
  return { name: "body", most: stages === undefined ? MOST_SIZES : 1 };
}

function keyOf({ height, width, form, keepsFeatures }: HoistedUNetSizes): string {
  return [height, width, form, keepsFeatures].join(" ");
}

async function makeBody(
  { engine, keeps }: Workplace,
  model: OpenedNetwork<UNetConfig>,
  sizes: HoistedUNetSizes,
  stages: StageOptions | undefined,
): Promise<Body> {
  const { body, outer } = hoistedUNet(model, sizes);
  const twin = keeps ? hoistedUNet(model, { ...sizes, tokens: sizes.tokens + 1 }) : undefined;
  const open = async (program: Program, other: Program | undefined): Promise<Runnable> => ({
    session: await StagedSession.open(engine, program, { ...stages, twin: other }),
    inputs: new Map(program.inputs.map(({ name, shape }) => [name, shape])),
  });
  const whole = await open(body, twin?.body);
  const level =
    outer === undefined
      ? undefined
      : { ...(await open(outer.program, twin?.outer?.program)), features: outer.features };
  return {
    whole,
    outer: level,
    release: async () => {
      await whole.session.release();
      await level?.session.release();
    },
  };
}

/** What is given, and for every other input its value at this step. */
function feedsAt({ inputs }: Runnable, given: Feeds, conditioning: Conditioning, step: number): Feeds {
  const feeds: Record<string, Feed> = { ...given };
  for (const [name, shape] of inputs) {
    feeds[name] ??= atStep(name, conditioning[name], shape, step);
  }
  return feeds;
}

/** The row of a hoisted value that belongs to one step; what does not depend on the time has one row for all. */
function atStep(name: string, value: HeldTensor | undefined, shape: readonly number[], step: number): Feed {
  if (value === undefined) {
    throw new InternalError(`no conditioning ${name}`);
  }
  return axisSize(value.shape, 0) === axisSize(shape, 0) ? value : value.row(step);
}
