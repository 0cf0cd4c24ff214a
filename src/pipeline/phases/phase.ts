/** One phase of a generation: what it is given, and the inference process that it runs in. */
import type { FilesInUse } from "../../files/shared/files-in-use.js";
import type { WebRule } from "../../net/fetch-image.js";
import type { TorchGenerator } from "../../tensor/random.js";
import { endOnAbort, throwIfAborted } from "../../engine/execution/abort.js";
import type { GenerationEvent, Phase, PhaseRecord } from "../events.js";
import type { ReadInputs } from "../request/inputs.js";
import { type MemoryPlacement } from "../../engine/memory/fit-memory.js";
import type { ModelComponents } from "../../loading/model-components.js";
import type { ComponentWeights } from "../../engine/quantization/component-weights.js";
import { type ResolvedRequest } from "../plan/resolve-request.js";
import { type Precision } from "../../components/precision.js";
import { roughBytes } from "../../engine/memory/rough-bytes.js";
import type { Workplace } from "../../engine/residency/workplace.js";
import type { Component, Workplaces } from "../../engine/residency/workplaces.js";
import type { Turnstile } from "./turnstile.js";

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
  /** What all of it is read from. */
  readonly files: FilesInUse;
  readonly weights: ComponentWeights;
  readonly places: Workplaces;
  /** Generations of one pipe go one after the other. */
  readonly turnstile: Turnstile;
  /** Told what caches have to say. */
  readonly onNote: (message: string) => void;
  /** From where images are fetched that are given as addresses of the web. */
  readonly webImages: WebRule;
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

/** A phase that has nothing to tell on its way. */
export function phase<Result>(
  name: Phase,
  run: Run,
  component: Component,
  work: (place: Workplace) => Promise<Result>,
): AsyncGenerator<GenerationEvent, Result> {
  // eslint-disable-next-line require-yield -- the other phase yields its steps
  return atWork(name, run, component, async function* (place) {
    return await endOnAbort(place.engine, run.inputs.signal, () => work(place));
  });
}

/** One phase, at the workplace of its component. */
export async function* atWork<Result>(
  name: Phase,
  { model, phases, inputs, memory }: Run,
  component: Component,
  work: (place: Workplace) => AsyncGenerator<GenerationEvent, Result>,
): AsyncGenerator<GenerationEvent, Result> {
  const begin = performance.now();
  yield { type: "phase", phase: name };
  throwIfAborted(inputs.signal);
  const place = await model.places.enter(name, component, memory?.bytes[name] ?? roughBytes(component));
  place.takeWaitedSeconds();
  try {
    const result = yield* work(place);
    const seconds = (performance.now() - begin) / 1000;
    const loadSeconds = place.takeWaitedSeconds();
    const record: PhaseRecord = {
      phase: name,
      seconds,
      loadSeconds,
      computeSeconds: seconds - loadSeconds,
      peakBytes: place.engine.peakBytes,
    };
    phases.push(record);
    yield { type: "phase-end", ...record };
    return result;
  } finally {
    await model.places.leave(place);
  }
}
