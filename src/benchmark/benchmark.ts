/**
 * Times the networks of a model, each by itself, and beside them a plain matrix product and a convolution: what the engine
 * reaches at best on this machine. Where a part has no weights, random ones are made up for as long as it is timed.
 */
import { join } from "node:path";
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { readSafetensorsHeader } from "../checkpoint/safetensors/safetensors.js";
import { namesIn, openWeights, weightFilesByVariant } from "../checkpoint/weight-files.js";
import { InternalError, UsageError } from "../errors.js";
import { countFlops } from "../graph/flops.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { conv, gemm, mul, reduceMean } from "../graph/ops/index.js";
import { programOf, type Program } from "../graph/program.js";
import type { Value } from "../graph/value.js";
import { movqScale } from "../models/movq/config.js";
import { UNET_STRIDE } from "../models/unet/config.js";
import { InferenceProcess } from "../runtime/inference-process.js";
import { processorShare } from "../runtime/processor-share.js";
import type { Feed, Feeds } from "../runtime/engine.js";
import { shapeSize, type Shape } from "../tensor/shape.js";
import { type OperatorTime, profileOperators } from "./operator-profile.js";
import { writeRandomWeights } from "./random-weights.js";
import { runOnce, StagedSession } from "../engine/execution/staged-session.js";
import { planWeights } from "../components/weight-plan.js";
import { TEXT_ENCODER, textEncoderProgram } from "../components/text-encoder.js";
import { UNET, unetPrograms } from "../components/unet.js";
import { MOVQ, movqDecoderProgram, movqEncoderProgram } from "../components/movq.js";
import { type Network, readNetworkConfig } from "../components/network.js";
import { scratchFolder } from "../files/shared/temporary-folder.js";

export interface BenchmarkOptions {
  /** Of the picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Timed runs, after one that is not timed. */
  readonly runs: number;
  readonly threads?: number;
  readonly variant?: string;
  /** Also say what each kind of operator takes. */
  readonly profile?: boolean;
}

export interface BenchmarkResult {
  readonly name: string;
  /** Weights of the part; none for the plain operators. */
  readonly weights: "own" | "random" | undefined;
  /** Median of the runs. */
  readonly seconds: number;
  readonly gflops: number;
  readonly gflopsPerSecond: number;
  /** Highest resident memory of the inference process. */
  readonly peakBytes: number;
  /** Of one pass, the longest first, where a profile was asked for. */
  readonly operators?: readonly OperatorTime[];
}

export interface BenchmarkCase {
  readonly name: string;
  readonly weights: BenchmarkResult["weights"];
  readonly program: Program;
  /** The text encoder runs as in a generation: stage after stage, each opened for one run. */
  readonly opensEachTime?: boolean;
}

/** Tokens of the text: a prompt of usual length. */
const TOKENS = 20;
/** How often a plain operator is applied in one run. */
const REPETITIONS = 8;

/** Results in the order in which they are measured, each as soon as it is there. */
export async function* benchmark(model: string, options: BenchmarkOptions): AsyncGenerator<BenchmarkResult> {
  const text = await readNetwork(model, TEXT_ENCODER);
  const unet = await readNetwork(model, UNET);
  const movq = await readNetwork(model, MOVQ);
  const picture = { width: options.width, height: options.height };
  const scale = movqScale(movq.config);
  const latents = { width: options.width / scale, height: options.height / scale };
  if (latents.width % UNET_STRIDE !== 0 || latents.height % UNET_STRIDE !== 0) {
    throw new UsageError(
      `width and height: expected multiples of ${scale * UNET_STRIDE}, got ${options.width} x ${options.height}`,
      { options: ["width", "height"] },
    );
  }

  for (const subject of plainOperators()) {
    yield await measure(subject, options);
  }
  yield* withWeights(text, options, (source) => [
    {
      name: "text encoder, with opening",
      program: textEncoderProgram(source, text.config, TOKENS),
      opensEachTime: true,
    },
  ]);
  yield* withWeights(unet, options, (source) => [
    { name: "U-Net pass", program: unetPrograms(source, unet.config, latents, TOKENS).step },
  ]);
  yield* withWeights(movq, options, (source) => [
    { name: "MoVQ encode", program: movqEncoderProgram(source, movq.config, picture) },
    { name: "MoVQ decode", program: movqDecoderProgram(source, movq.config, latents) },
  ]);
}

/** A network of a folder that may have no weights. */
interface ConfiguredNetwork<Config> {
  readonly network: Network<Config>;
  readonly config: Config;
  readonly folder: string;
}

async function readNetwork<Config>(model: string, network: Network<Config>): Promise<ConfiguredNetwork<Config>> {
  const folder = join(model, network.kind);
  return { network, config: await readNetworkConfig(network, join(folder, "config.json")), folder };
}

async function* withWeights<Config>(
  { network, config, folder }: ConfiguredNetwork<Config>,
  options: BenchmarkOptions,
  subjects: (source: TensorSource) => readonly Omit<BenchmarkCase, "weights">[],
): AsyncGenerator<BenchmarkResult> {
  const { variant } = options;
  const base = network.weightsBase;
  if (weightFilesByVariant(await namesIn(folder), base).size > 0) {
    const source = await openWeights(folder, base, variant === undefined ? {} : { variant });
    for (const subject of subjects(source)) {
      yield await measure({ ...subject, weights: "own" }, options);
    }
    return;
  }
  await using scratch = await scratchFolder("bench");
  const file = join(scratch.path, `${base}.safetensors`);
  await writeRandomWeights(file, planWeights(network, config), "float16");
  for (const subject of subjects(await readSafetensorsHeader(file))) {
    yield await measure({ ...subject, weights: "random" }, options);
  }
}

/**
 * Shapes that the released U-Net has many of. Each is applied several times in a row to numbers made on the spot from a small
 * input, so that handing data over takes no part in the time.
 */
export function plainOperators(): readonly BenchmarkCase[] {
  const graph = new GraphBuilder();
  const rows = graph.input("rows", "float32", [1024, 1]);
  const square = randomConstant(graph, [1536, 1536], 1536);
  const products = repeated(mul(rows, randomConstant(graph, [1, 1536], 1)), (x) => gemm(x, square));
  const channels = graph.input("channels", "float32", [1, 384, 1, 1]);
  const kernel = randomConstant(graph, [384, 384, 3, 3], 384 * 9);
  const convolutions = repeated(mul(channels, randomConstant(graph, [1, 1, 32, 32], 1)), (x) =>
    conv(x, kernel, undefined, { pads: [1, 1, 1, 1] }),
  );
  const program = (value: Value): Program => programOf(new Map([["output", reduceMean(value, 1)]]));
  return [
    {
      name: `${REPETITIONS} matrix products, 1024 x 1536 x 1536`,
      weights: undefined,
      program: program(products),
    },
    {
      name: `${REPETITIONS} convolutions, 3 x 3, 384 channels, 32 x 32`,
      weights: undefined,
      program: program(convolutions),
    },
  ];
}

function repeated(start: Value, apply: (x: Value) => Value): Value {
  return Array.from({ length: REPETITIONS }).reduce<Value>((x) => apply(x), start);
}

/** Numbers that keep the size of what is summed over `fanIn` of them. */
function randomConstant(graph: GraphBuilder, shape: Shape, fanIn: number): Value {
  const scale = Math.sqrt(2 / fanIn);
  const numbers = Float32Array.from({ length: shapeSize(shape) }, (_, index) => scale * Math.sin(index * index));
  return graph.constant(numbers, shape);
}

/** Times one subject in an inference process of its own. */
export async function measure(
  { name, weights, program, opensEachTime = false }: BenchmarkCase,
  { threads = processorShare().threads, runs, profile = false }: BenchmarkOptions,
): Promise<BenchmarkResult> {
  const feeds: Feeds = Object.fromEntries(program.inputs.map((input) => [input.name, madeUp(input)]));
  const engine = InferenceProcess.start({ threads });
  try {
    const session = opensEachTime ? undefined : await StagedSession.open(engine, program);
    const run = async (): Promise<void> => {
      await (session === undefined ? runOnce(engine, program, [feeds]) : session.run(feeds));
    };
    await run();
    const times: number[] = [];
    for (let index = 0; index < runs; index++) {
      const started = performance.now();
      await run();
      times.push((performance.now() - started) / 1000);
    }
    const seconds = median(times);
    const gflops = countFlops(program) / 1e9;
    const { peakBytes } = engine;
    await engine.close();
    const operators = profile ? await profileOperators(program, feeds, { passes: runs, threads }) : undefined;
    return {
      name,
      weights,
      seconds,
      gflops,
      gflopsPerSecond: gflops / seconds,
      peakBytes,
      ...(operators === undefined ? {} : { operators }),
    };
  } finally {
    await engine.close();
  }
}

/** Numbers of usual size for `input`; token ids are the first ones of the vocabulary, which every one has. */
function madeUp({ name, dtype, shape }: Value): Feed {
  const length = shapeSize(shape);
  if (dtype === "int64") {
    return { shape, data: BigInt64Array.from({ length }, (_, index) => BigInt(index)) };
  }
  if (dtype !== "float32") {
    throw new InternalError(`input ${name} is ${dtype}`);
  }
  return { shape, data: Float32Array.from({ length }, (_, index) => Math.SQRT2 * Math.sin(index)) };
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
  return (lower + upper) / 2;
}
