/** Runs a network in stages, so that only a part of its weights is in memory at a time, or keeps all stages open to run again. */
import { emit, type EmittedModel } from "../graph/emit.js";
import { splitByWeight } from "../graph/partition.js";
import type { Program } from "../graph/program.js";
import { isQuantized, lower } from "../graph/quantized/lower.js";
import type { InferenceProcess, InferenceSession } from "../runtime/inference-process.js";
import type { Feeds } from "../runtime/protocol.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import { probeIntegerKernels } from "./integer-probe.js";

/**
 * Most weights that one stage holds, as float32. Half-precision files are widened when a stage opens, for which the engine
 * briefly holds a weight twice; small stages keep that peak small, large ones cost fewer hand-overs.
 */
export const STAGE_BYTES = 2 * 1024 ** 3;

interface Stage {
  readonly program: Program;
  readonly session: InferenceSession;
}

/** Runs a program once for each of `feedsOfRuns`, opening and releasing stage after stage. */
export async function runOnce(
  engine: InferenceProcess,
  program: Program,
  feedsOfRuns: readonly Feeds[],
  maxStageBytes = STAGE_BYTES,
): Promise<Feeds[]> {
  const known = feedsOfRuns.map((feeds): Feeds => feeds);
  for (const { stage, model } of await emittedStages(engine, program, maxStageBytes)) {
    const session = await engine.open(model());
    for (const [index, feeds] of known.entries()) {
      known[index] = { ...feeds, ...(await session.run(pick(feeds, stage))) };
    }
    await session.release();
  }
  return known.map((values) => Object.fromEntries(outputsOf(program, values)));
}

/** A program whose stages stay open. */
export class StagedSession {
  private constructor(
    private readonly program: Program,
    private readonly stages: readonly Stage[],
  ) {}

  static async open(engine: InferenceProcess, program: Program, maxStageBytes = STAGE_BYTES): Promise<StagedSession> {
    const stages: Stage[] = [];
    for (const { stage, model } of await emittedStages(engine, program, maxStageBytes)) {
      stages.push({ program: stage, session: await engine.open(model()) });
    }
    return new StagedSession(program, stages);
  }

  async release(): Promise<void> {
    for (const { session } of this.stages) {
      await session.release();
    }
  }

  async run(feeds: Feeds): Promise<Feeds> {
    let known = feeds;
    for (const { program, session } of this.stages) {
      known = { ...known, ...(await session.run(pick(known, program))) };
    }
    return Object.fromEntries(outputsOf(this.program, known));
  }
}

/** The float32 array that a run returned under `name`. */
export function floatOutput(outputs: Feeds, name: string): Tensor {
  const { shape, data } = feedNamed(outputs, name);
  if (!(data instanceof Float32Array)) {
    throw new Error(`internal: ${name} is no float32 array`);
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
    throw new Error(`internal: nothing is fed to ${name}`);
  }
  return feed;
}
