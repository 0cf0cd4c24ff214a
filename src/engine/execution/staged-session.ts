/** Runs a network in stages, so that only a part of its weights is in memory at a time, or keeps all stages open to run again. */
import { emit, type EmittedModel } from "../../graph/emit.js";
import { splitByWeight } from "../../graph/partition.js";
import type { Program } from "../../graph/program.js";
import { isQuantized, lower } from "../../graph/quantized/lower.js";
import type { InferenceProcess, InferenceSession, OpenOptions } from "../../runtime/inference-process.js";
import type { Feeds } from "../../runtime/protocol.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import { probeIntegerKernels } from "../devices/integer-probe.js";
import { InternalError } from "../../errors.js";

/**
 * Most weights that one stage holds, as float32. Half-precision files are widened when a stage opens, for which the engine
 * briefly holds a weight twice; small stages keep that peak small, large ones cost fewer hand-overs.
 */
export const STAGE_BYTES = 2 * 1024 ** 3;

interface Stage {
  readonly program: Program;
  readonly open: () => Promise<InferenceSession>;
  /** `undefined` when it is opened at every run. */
  readonly kept: InferenceSession | undefined;
}

export interface StageOptions extends OpenOptions {
  readonly maxStageBytes?: number | undefined;
  /** Opens each stage at every run and releases it again: slow, but never more than one stage is in memory. */
  readonly offload?: boolean | undefined;
}

/** Runs a program once for each of `feedsOfRuns`, opening and releasing stage after stage. */
export async function runOnce(
  engine: InferenceProcess,
  program: Program,
  feedsOfRuns: readonly Feeds[],
  maxStageBytes = STAGE_BYTES,
): Promise<Feeds[]> {
  const session = await StagedSession.open(engine, program, { maxStageBytes, offload: true });
  return session.runAll(feedsOfRuns);
}

/** A program that runs again and again; its stages stay open, or are offloaded. */
export class StagedSession {
  private constructor(
    private readonly program: Program,
    private readonly stages: readonly Stage[],
  ) {}

  static async open(
    engine: InferenceProcess,
    program: Program,
    { maxStageBytes = STAGE_BYTES, offload = false, ...options }: StageOptions = {},
  ): Promise<StagedSession> {
    const stages: Stage[] = [];
    for (const { stage, model } of await emittedStages(engine, program, maxStageBytes)) {
      const open = (): Promise<InferenceSession> => engine.open(model(), options);
      stages.push({ program: stage, open, kept: offload ? undefined : await open() });
    }
    return new StagedSession(program, stages);
  }

  async release(): Promise<void> {
    for (const { kept } of this.stages) {
      await kept?.release();
    }
  }

  async run(feeds: Feeds): Promise<Feeds> {
    const [outputs = {}] = await this.runAll([feeds]);
    return outputs;
  }

  /** Runs once for each of `feedsOfRuns`; a stage that is offloaded is opened once for all of them. */
  async runAll(feedsOfRuns: readonly Feeds[]): Promise<Feeds[]> {
    const known = [...feedsOfRuns];
    for (const { program, open, kept } of this.stages) {
      const session = kept ?? (await open());
      for (const [index, feeds] of known.entries()) {
        known[index] = { ...feeds, ...(await session.run(pick(feeds, program))) };
      }
      if (kept === undefined) {
        await session.release();
      }
    }
    return known.map((values) => Object.fromEntries(outputsOf(this.program, values)));
  }
}

/** The float32 array that a run returned under `name`. */
export function floatOutput(outputs: Feeds, name: string): Tensor {
  const { shape, data } = feedNamed(outputs, name);
  if (!(data instanceof Float32Array)) {
    throw new InternalError(`${name} is no float32 array`);
  }
  return tensor(shape, data);
}

/** Weights in 8 or 4 bits get the kernels that are exact in this engine. */
async function emittedStages(
  engine: InferenceProcess,
  program: Program,
  maxStageBytes: number,
): Promise<readonly { readonly stage: Program; readonly model: () => EmittedModel }[]> {
  const stages = splitByWeight(program, maxStageBytes);
  if (!isQuantized(program)) {
    return stages.map((stage) => ({ stage, model: () => emit(stage) }));
  }
  const kernels = await probeIntegerKernels(engine);
  return stages.map((stage) => ({ stage, model: () => emit(lower(stage, kernels)) }));
}

function pick(feeds: Feeds, program: Program): Feeds {
  return Object.fromEntries(program.inputs.map(({ name }) => [name, feedNamed(feeds, name)]));
}

function outputsOf(program: Program, values: Feeds): [string, Feeds[string]][] {
  return [...program.outputs.keys()].map((name) => [name, feedNamed(values, name)]);
}

function feedNamed(feeds: Feeds, name: string): Feeds[string] {
  const feed = feeds[name];
  if (feed === undefined) {
    throw new InternalError(`nothing is fed to ${name}`);
  }
  return feed;
}
