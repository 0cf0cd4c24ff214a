/** Runs a network in stages, so that only a part of its weights is in memory at a time, or keeps all stages open to run again. */
import { InternalError } from "../../errors.js";
import { emit, type EmittedModel } from "../../graph/emit.js";
import { splitByWeight } from "../../graph/partition.js";
import type { Program } from "../../graph/program.js";
import { simplify } from "../../graph/simplify/simplify.js";
import { isQuantized, lower } from "../../graph/quantized/lower.js";
import type {
  Engine,
  Feed,
  Feeds,
  HeldTensor,
  OpenOptions,
  Outputs,
  RunOptions,
  Session,
} from "../../runtime/engine.js";
import type { HostTensors } from "../../runtime/protocol.js";
import { tensor, type Tensor } from "../../tensor/tensor.js";
import { integerKernelsOf } from "../devices/known-kernels.js";

/**
 * Most weights that one stage holds, as float32. Half-precision files are widened when a stage opens, for which the engine
 * briefly holds a weight twice; small stages keep that peak small, large ones cost fewer hand-overs.
 */
export const STAGE_BYTES = 2 * 1024 ** 3;

interface Stage {
  readonly program: Program;
  readonly open: () => Promise<Session>;
  /** `undefined` when it is opened at every run. */
  readonly kept: Session | undefined;
}

export interface StageOptions extends OpenOptions {
  readonly maxStageBytes?: number | undefined;
  /** Opens each stage at every run and releases it again: slow, but never more than one stage is in memory. */
  readonly offload?: boolean | undefined;
  /** The same program at other sizes: what differs is left open, and one session runs at all of them. */
  readonly twin?: Program | undefined;
}

export interface RunOnceOptions extends RunOptions {
  readonly maxStageBytes?: number | undefined;
}

/** Runs a program once for each of `feedsOfRuns`, opening and releasing stage after stage. */
export async function runOnce(engine: Engine, program: Program, feedsOfRuns: readonly Feeds[]): Promise<HostTensors[]>;
export async function runOnce(
  engine: Engine,
  program: Program,
  feedsOfRuns: readonly Feeds[],
  options: RunOnceOptions,
): Promise<Outputs[]>;
export async function runOnce(
  engine: Engine,
  program: Program,
  feedsOfRuns: readonly Feeds[],
  { maxStageBytes, hold = [] }: RunOnceOptions = {},
): Promise<Outputs[]> {
  const session = await StagedSession.open(engine, program, { maxStageBytes, offload: true });
  return session.runAll(feedsOfRuns, { hold });
}

/** A program that runs again and again; its stages stay open, or are offloaded. */
export class StagedSession {
  private constructor(
    private readonly program: Program,
    private readonly stages: readonly Stage[],
  ) {}

  static async open(
    engine: Engine,
    program: Program,
    { maxStageBytes = STAGE_BYTES, offload = false, twin, ...options }: StageOptions = {},
  ): Promise<StagedSession> {
    const stages: Stage[] = [];
    for (const { stage, model } of await emittedStages(engine, program, maxStageBytes, twin)) {
      const open = (): Promise<Session> => engine.open(model(), options);
      stages.push({ program: stage, open, kept: offload ? undefined : await open() });
    }
    return new StagedSession(program, stages);
  }

  get outputNames(): readonly string[] {
    return [...this.program.outputs.keys()];
  }

  async release(): Promise<void> {
    for (const { kept } of this.stages) {
      await kept?.release();
    }
  }

  async run(feeds: Feeds): Promise<Outputs> {
    const [outputs = {}] = await this.runAll([feeds]);
    return outputs;
  }

  /**
   * Runs once for each of `feedsOfRuns`; a stage that is offloaded is opened once for all of them. What passes from stage to stage
   * stays with the engine until the last stage that reads it is done.
   */
  async runAll(feedsOfRuns: readonly Feeds[], { hold = [] }: RunOptions = {}): Promise<Outputs[]> {
    const known = [...feedsOfRuns];
    const passing = new Map<HeldTensor, string>();
    try {
      for (const [place, { program, open, kept }] of this.stages.entries()) {
        const session = kept ?? (await open());
        const staying = [...program.outputs.keys()].filter((name) => !this.program.outputs.has(name));
        for (const [index, feeds] of known.entries()) {
          const outputs = await session.run(pick(feeds, program), {
            hold: [...staying, ...hold.filter((name) => program.outputs.has(name))],
          });
          staying.forEach((name) => passing.set(heldOutput(outputs, name), name));
          known[index] = { ...feeds, ...outputs };
        }
        if (kept === undefined) {
          await session.release();
        }
        const readLater = new Set(this.stages.slice(place + 1).flatMap((stage) => stage.program.inputs));
        await releaseAll(passing, new Set([...readLater].map(({ name }) => name)));
      }
    } finally {
      await releaseAll(passing, new Set());
    }
    return known.map((values) => Object.fromEntries(outputsOf(this.program, values)));
  }
}

/** The float32 array that a run returned under `name`. */
export function floatOutput(outputs: Outputs, name: string): Tensor {
  const output = feedNamed(outputs, name);
  if (!("data" in output) || !(output.data instanceof Float32Array)) {
    throw new InternalError(`${name} is no float32 array`);
  }
  return tensor(output.shape, output.data);
}

/** What a run left with the engine under `name`. */
export function heldOutput(outputs: Outputs, name: string): HeldTensor {
  const output = feedNamed(outputs, name);
  if ("data" in output) {
    throw new InternalError(`${name} was handed over, expected it to stay with the engine`);
  }
  return output;
}

async function releaseAll(passing: Map<HeldTensor, string>, readLater: ReadonlySet<string>): Promise<void> {
  for (const [held, name] of passing) {
    if (!readLater.has(name)) {
      passing.delete(held);
      await held.release();
    }
  }
}

/** Weights in 8 or 4 bits get the kernels that are exact in this engine. */
async function emittedStages(
  engine: Engine,
  program: Program,
  maxStageBytes: number,
  twin: Program | undefined,
): Promise<readonly { readonly stage: Program; readonly model: () => EmittedModel }[]> {
  const stages = splitByWeight(program, maxStageBytes);
  const twins = twin === undefined ? [] : splitByWeight(twin, maxStageBytes);
  const kernels = isQuantized(program) ? await integerKernelsOf(engine) : undefined;
  const lowered = (stage: Program): Program => {
    const simple = simplify(stage);
    return kernels === undefined ? simple : lower(simple, kernels);
  };
  return stages.map((stage, index) => {
    const other = twins[index];
    return { stage, model: () => emit(lowered(stage), other && lowered(other)) };
  });
}

function pick(feeds: Feeds, program: Program): Feeds {
  return Object.fromEntries(program.inputs.map(({ name }): [string, Feed] => [name, feedNamed(feeds, name)]));
}

/** Nothing that is returned is a row: rows are only fed. */
function outputsOf(program: Program, values: Feeds): [string, Outputs[string]][] {
  return [...program.outputs.keys()].map((name) => {
    const value = feedNamed(values, name);
    if ("tensor" in value) {
      throw new InternalError(`${name} is a row of a tensor, expected an output`);
    }
    return [name, value];
  });
}

function feedNamed<Value>(feeds: Readonly<Record<string, Value>>, name: string): Value {
  const feed = feeds[name];
  if (feed === undefined) {
    throw new InternalError(`nothing is fed to ${name}`);
  }
  return feed;
}
