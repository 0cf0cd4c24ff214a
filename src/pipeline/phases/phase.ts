/** One phase of a generation: what it is given, and the inference process that it runs in. */
import type { TorchGenerator } from "../../tensor/random.js";
import { endOnAbort, type InferenceProcesses, throwIfAborted } from "../../engine/execution/inference-processes.js";
import type { GenerationEvent, GenerationResult, Phase } from "../events.js";
import type { ReadInputs } from "../request/inputs.js";
import { type MemoryPlacement } from "../../engine/memory/fit-memory.js";
import type { ModelComponents } from "../../loading/model-components.js";
import type { ComponentWeights } from "../../engine/quantization/component-weights.js";
import { type ResolvedRequest } from "../plan/resolve-request.js";
import { type Precision } from "../../components/precision.js";
import type { Engine } from "../../runtime/engine.js";

/** A model with all that its generations share. */
export interface OpenedModel {
  /** On the Hub, or of the folder. */
  readonly name: string;
  readonly parts: ModelComponents;
  readonly variant: string | undefined;
  /** The types that were asked for, if any. */
  readonly wanted: Precision | undefined;
  /** The types that parts compute in unless memory is short. */
  readonly precision: Precision;
  /** Bytes to stay below. */
  readonly maxMemory: number | undefined;
  readonly weights: ComponentWeights;
  readonly engines: InferenceProcesses;
  /** Where embedded prompts are kept; `undefined` keeps none. */
  readonly prompts: string | undefined;
}

/** What one generation carries from phase to phase. */
export interface Run {
  readonly model: OpenedModel;
  readonly request: ResolvedRequest;
  readonly memory: MemoryPlacement | undefined;
  readonly precision: Precision;
  readonly generators: readonly TorchGenerator[];
  readonly phases: PhaseRecord[];
  readonly inputs: ReadInputs;
}

type PhaseRecord = GenerationResult["phases"][number];

/** A phase that has nothing to tell on its way. */
export function phase<Result>(
  name: Phase,
  run: Run,
  work: (engine: Engine) => Promise<Result>,
): AsyncGenerator<GenerationEvent, Result> {
  // eslint-disable-next-line require-yield -- the other phase yields its steps
  return inProcess(name, run, async function* (engine) {
    return await endOnAbort(engine, run.inputs.signal, () => work(engine));
  });
}

/** One phase: its own inference process, whose memory is gone when it is over. */
export async function* inProcess<Result>(
  name: Phase,
  { model, phases, inputs }: Run,
  work: (engine: Engine) => AsyncGenerator<GenerationEvent, Result>,
): AsyncGenerator<GenerationEvent, Result> {
  const begin = performance.now();
  yield { type: "phase", phase: name };
  throwIfAborted(inputs.signal);
  const engine = model.engines.start();
  try {
    const result = yield* work(engine);
    const record: PhaseRecord = {
      phase: name,
      seconds: (performance.now() - begin) / 1000,
      peakBytes: engine.peakBytes,
    };
    phases.push(record);
    yield { type: "phase-end", ...record };
    return result;
  } finally {
    await model.engines.stop(engine);
  }
}
