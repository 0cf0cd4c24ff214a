/**
 * What this machine does in a second, from operators that take a few seconds in all: products, convolutions, reading and writing of
 * memory, starting an operator, and opening half-precision weights. A network's time is put together from these.
 */
import { join } from "node:path";
import { readSafetensorsHeader } from "../checkpoint/safetensors/safetensors.js";
import { InternalError, SessionError } from "../errors.js";
import { emit } from "../graph/emit.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { add, cast, gemm, mul, reduceMean } from "../graph/ops/index.js";
import { programOf, type Program } from "../graph/program.js";
import type { Value } from "../graph/value.js";
import { InferenceProcess } from "../runtime/inference-process.js";
import { processorShare } from "../runtime/processor-share.js";
import { shapeSize } from "../tensor/shape.js";
import { measure, plainOperators } from "../benchmark/benchmark.js";
import { writeRandomWeights } from "../benchmark/random-weights.js";
import { type IntegerSpeed, measureIntegers } from "./integer-speed.js";
import { scratchFolder } from "../files/shared/temporary-folder.js";

export interface MachineSpeed {
  readonly productFlopsPerSecond: number;
  readonly convolutionFlopsPerSecond: number;
  /** Bytes that operators without products read and write. */
  readonly valueBytesPerSecond: number;
  /** Time of an operator that has next to nothing to do. */
  readonly operatorSeconds: number;
  /** Weights, as float32, that a session opens: read, widened, laid out. */
  readonly openedBytesPerSecond: number;
  /** Time until an inference process is there and has opened a network without weights. */
  readonly startSeconds: number;
  /** Resident memory of such a process. */
  readonly processBytes: number;
  /** Of layers whose weights are in 8 bits; `undefined` where no integer kernel is exact. */
  readonly integers?: IntegerSpeed | undefined;
}

/** Timed runs of each, after one that is not timed: all of it should take a few seconds. */
const RUNS = 1;
const SMALL_OPERATORS = 200;
const LARGE_VALUE_SHAPE = [1, 64, 256, 256] as const;
const LARGE_OPERATORS = 8;
/** Weights that are opened: long enough to take a while, small enough for any disk. */
const OPENED_SHAPE = [2048, 8192] as const;

/** Of a machine without an engine: what takes how long is unknown (`NaN`), memory is what such a process has elsewhere. */
export const UNMEASURED: MachineSpeed = {
  productFlopsPerSecond: NaN,
  convolutionFlopsPerSecond: NaN,
  valueBytesPerSecond: NaN,
  operatorSeconds: NaN,
  openedBytesPerSecond: NaN,
  startSeconds: NaN,
  processBytes: 100e6,
  integers: {
    kernels: { full: "uint8", reduced: "uint8" },
    productFlopsPerSecond: NaN,
    convolutionFlopsPerSecond: NaN,
  },
};

/**
 * Measures. Files and memory of a plan are known without an engine, so where there is none it is `UNMEASURED`, and said.
 * @param threads the machine's own when left out
 */
export async function speedHere(
  threads: number | undefined,
  told: { readonly onNote: (message: string) => void; readonly onUnmeasured: (message: string) => void },
): Promise<MachineSpeed> {
  try {
    return await measureMachine(threads ?? processorShare().threads, told.onNote);
  } catch (error) {
    if (error instanceof SessionError) {
      told.onUnmeasured(`no times: ${error.message}`);
      return UNMEASURED;
    }
    throw error;
  }
}

/** Measures; a few seconds. Throws `NoEngineError` where there is nothing to measure with. */
export async function measureMachine(threads: number, onNote?: (message: string) => void): Promise<MachineSpeed> {
  const options = { width: 0, height: 0, runs: RUNS, threads };
  const [product, convolution] = plainOperators();
  if (product === undefined || convolution === undefined) {
    throw new InternalError("no plain operators");
  }
  const small = await measure(subject("small operators", chain([1, 1], SMALL_OPERATORS)), options);
  const operatorSeconds = small.seconds / SMALL_OPERATORS;
  const large = await measure(subject("large operators", chain(LARGE_VALUE_SHAPE, LARGE_OPERATORS)), options);
  const moved = LARGE_OPERATORS * 2 * 4 * shapeSize(LARGE_VALUE_SHAPE);
  const opening = await measureOpening(threads);
  return {
    productFlopsPerSecond: 1e9 * (await measure(product, options)).gflopsPerSecond,
    convolutionFlopsPerSecond: 1e9 * (await measure(convolution, options)).gflopsPerSecond,
    valueBytesPerSecond: moved / Math.max(large.seconds - LARGE_OPERATORS * operatorSeconds, 1e-6),
    operatorSeconds,
    ...opening,
    processBytes: small.peakBytes,
    integers: await measureIntegers(threads, onNote).catch((error: unknown) => {
      if (error instanceof SessionError) {
        return undefined;
      }
      throw error;
    }),
  };
}

function subject(name: string, program: Program): { name: string; weights: undefined; program: Program } {
  return { name, weights: undefined, program };
}

/** Additions that no optimiser can join: each takes another constant. The input is small; it is enlarged on the spot. */
function chain(shape: readonly number[], length: number): Program {
  const graph = new GraphBuilder();
  const input = graph.input("input", "float32", [1, ...shape.slice(1).map(() => 1)]);
  const ones = graph.constant(new Float32Array(shapeSize(shape)).fill(1), shape);
  let value: Value = mul(input, ones);
  for (let index = 1; index <= length; index++) {
    value = index % 2 === 0 ? add(value, index) : mul(value, 1 + index / 1000);
  }
  return programOf(new Map([["output", reduceMean(value, 1)]]));
}

async function measureOpening(threads: number): Promise<Pick<MachineSpeed, "openedBytesPerSecond" | "startSeconds">> {
  await using scratch = await scratchFolder("plan");
  const engine = InferenceProcess.start({ threads });
  try {
    const file = join(scratch.path, "weights.safetensors");
    await writeRandomWeights(file, new Map([["weight", OPENED_SHAPE]]), "float16");
    const { tensors } = await readSafetensorsHeader(file);
    const location = tensors.get("weight");
    if (location === undefined) {
      throw new InternalError("the weights that were just written are not there");
    }
    const began = performance.now();
    await engine.open(emit(chain([1, 1], 1)));
    const started = performance.now();
    const graph = new GraphBuilder();
    const input = graph.input("input", "float32", [1, OPENED_SHAPE[1]]);
    const output = gemm(input, cast(graph.weight(location), "float32"));
    await engine.open(emit(programOf(new Map([["output", output]]))));
    const opened = (performance.now() - started) / 1000;
    return { openedBytesPerSecond: (4 * shapeSize(OPENED_SHAPE)) / opened, startSeconds: (started - began) / 1000 };
  } finally {
    await engine.close();
  }
}
