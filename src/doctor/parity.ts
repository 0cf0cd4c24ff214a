/** Every kind of block on this machine against the stored reference: what a picture is made of, in the order of a picture. */
import { WeightScope } from "../checkpoint/weight-scope.js";
import { emit } from "../graph/emit.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { programOf } from "../graph/program.js";
import type { Value } from "../graph/value.js";
import { movqDecoder } from "../models/movq/decoder.js";
import { movqEncoder } from "../models/movq/encoder.js";
import { quantize } from "../models/movq/quantizer.js";
import { t5Encoder } from "../models/t5/encoder.js";
import { unetInputs } from "../models/unet/inputs.js";
import { unet } from "../models/unet/unet.js";
import type { Engine } from "../runtime/engine.js";
import type { Feeds } from "../runtime/engine.js";
import { parseSchedulerConfig } from "../scheduler/config.js";
import { DdpmScheduler } from "../scheduler/ddpm.js";
import { TorchGenerator } from "../tensor/random.js";
import { sameShape } from "../tensor/shape.js";
import { tensor, type Tensor } from "../tensor/tensor.js";
import { loadTokenizer } from "../tokenizer/tokenizer.js";
import { floatOutput } from "../engine/execution/staged-session.js";
import { formulaInput } from "./formula.js";
import { type Reference, REFERENCE_FOLDER } from "./reference.js";
import { type TinyModel, writeTinyModel } from "./tiny-model.js";
import { InternalError } from "../errors.js";
import { scratchFolder } from "../files/shared/temporary-folder.js";

export interface ParityCheck {
  /** `unet/down_blocks.1.attentions.0`: the part and the module, named as in the reference. */
  readonly name: string;
  /** Largest absolute difference; for tokens, how many texts differ. */
  readonly difference: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** The inputs of the script that made the reference. */
const TOKEN_IDS = [3, 17, 42, 5, 1];
const TEXT_MASK = [1, 1, 1, 1, 0];
const TIMESTEP = 321;
const MASKED_SCORE = -10_000;
const NOISE_SEED = 3;
const MOST_TOKENS = 128;

/** Yields each comparison as soon as it is made. */
export async function* checkParity(engine: Engine, reference: Reference): AsyncGenerator<ParityCheck> {
  const tokenizer = await loadTokenizer(REFERENCE_FOLDER);
  const wrong = reference.tokens.filter(
    ({ text, ids }) => tokenizer.encode(text, MOST_TOKENS).inputIds.join() !== ids.join(),
  );
  yield { name: "tokenizer", difference: wrong.length, tolerance: 0, passed: wrong.length === 0 };
  for (const seed of reference.seeds) {
    const name = `noise/seed_${seed}`;
    const expected = expectedAt(reference, name);
    yield compare(reference, name, new TorchGenerator(BigInt(seed)).randn(expected.shape));
  }
  await using scratch = await scratchFolder("doctor");
  const model = await writeTinyModel(scratch.path, reference);
  for (const build of [textEncoder, denoiser, encoder, decoder, codebook]) {
    yield* runNetwork(engine, reference, build(model));
  }
  yield* schedulerSteps(reference);
}

/** A network with what it is fed; `output` is what it returns, its blocks are found by their taps. */
interface Network {
  readonly part: string;
  readonly graph: GraphBuilder;
  readonly output: Value;
  readonly feeds: Feeds;
}

function textEncoder({ textEncoder: { config, source } }: TinyModel): Network {
  const graph = new GraphBuilder();
  const shape = [1, TOKEN_IDS.length];
  const ids = graph.input("input_ids", "int64", shape);
  const output = t5Encoder(WeightScope.root(source), ids, undefined, config);
  return {
    part: "text_encoder",
    graph,
    output,
    feeds: { input_ids: { shape, data: BigInt64Array.from(TOKEN_IDS, BigInt) } },
  };
}

function denoiser({ unet: { config, source } }: TinyModel): Network {
  const graph = new GraphBuilder();
  const inputs = unetInputs(graph, config, { height: 8, width: 8, tokens: TEXT_MASK.length });
  const feeds = {
    sample: formulaInput("sample", [1, config.in_channels, 8, 8]),
    timesteps: tensor([1], Float32Array.of(TIMESTEP)),
    encoder_hidden_states: formulaInput("encoder_hidden_states", [1, TEXT_MASK.length, config.encoder_hid_dim]),
    score_bias: tensor(
      [1, 1, 1, TEXT_MASK.length],
      Float32Array.from(TEXT_MASK, (bit) => (1 - bit) * MASKED_SCORE),
    ),
  };
  return { part: "unet", graph, output: unet(WeightScope.root(source), inputs, config), feeds };
}

function encoder({ movq: { config, source } }: TinyModel): Network {
  const graph = new GraphBuilder();
  const image = formulaInput("image", [1, config.in_channels, 16, 16]);
  const output = movqEncoder(WeightScope.root(source), graph.input("image", "float32", image.shape), config);
  return { part: "movq_encoder", graph, output, feeds: { image } };
}

function decoder({ movq: { config, source } }: TinyModel): Network {
  const graph = new GraphBuilder();
  const latents = formulaInput("latents", [1, config.vq_embed_dim, 8, 8]);
  const output = movqDecoder(WeightScope.root(source), graph.input("latents", "float32", latents.shape), config);
  return { part: "movq_decoder", graph, output, feeds: { latents } };
}

function codebook({ movq: { config, source } }: TinyModel): Network {
  const graph = new GraphBuilder();
  const latents = formulaInput("latents", [1, config.vq_embed_dim, 8, 8]);
  const output = quantize(WeightScope.root(source), graph.input("latents", "float32", latents.shape), config);
  return { part: "movq_codebook", graph, output, feeds: { latents } };
}

async function* runNetwork(
  engine: Engine,
  reference: Reference,
  { part, graph, output, feeds }: Network,
): AsyncGenerator<ParityCheck> {
  const names = [...reference.outputs.keys()].filter((name) => name.startsWith(`${part}/`));
  const values = names.map((name) => {
    const path = name.slice(part.length + 1);
    const value = path === "output" ? output : graph.taps.get(path);
    if (value === undefined) {
      throw new InternalError(`no block ${path}`);
    }
    return [name, value] as const;
  });
  const session = await engine.open(emit(programOf(new Map(values))));
  const results = await session.run(feeds);
  await session.release();
  for (const name of names) {
    yield compare(reference, name, floatOutput(results, name));
  }
}

function* schedulerSteps(reference: Reference): Generator<ParityCheck> {
  const scheduler = new DdpmScheduler(parseSchedulerConfig(reference.scheduler, "reference.json"));
  const timesteps = scheduler.timesteps(reference.scheduler_steps);
  const generator = new TorchGenerator(NOISE_SEED);
  let sample = formulaInput("scheduler_sample", [1, 4, 4, 4]);
  for (const [step, timestep] of timesteps.entries()) {
    const modelOutput = formulaInput(`scheduler_output_${step}`, sample.shape);
    const noise = scheduler.needsNoise(timestep) ? generator.randn(sample.shape) : undefined;
    sample = scheduler.step({ modelOutput, timestep, previousTimestep: timesteps[step + 1], sample, noise });
    yield compare(reference, `scheduler/step_${step}`, sample);
  }
}

function compare(reference: Reference, name: string, actual: Tensor): ParityCheck {
  const expected = expectedAt(reference, name);
  const tolerance = reference.tolerances[name] ?? 0;
  const difference = sameShape(actual.shape, expected.shape)
    ? expected.data.reduce((most, value, index) => largest(most, Math.abs(value - (actual.data[index] ?? NaN))), 0)
    : Infinity;
  return { name, difference, tolerance, passed: difference <= tolerance };
}

/** As `Math.max`, but a NaN is the largest difference of all. */
function largest(a: number, b: number): number {
  return Number.isNaN(b) ? Infinity : Math.max(a, b);
}

function expectedAt({ outputs }: Reference, name: string): Tensor {
  const expected = outputs.get(name);
  if (expected === undefined) {
    throw new InternalError(`the reference lacks ${name}`);
  }
  return expected;
}
