/** The networks of the tiny model as programs, small enough to print and to run whole. */
import { openModelFolder, openWeightsOf } from "../../src/loading/model-folder.js";
import { openWeights } from "../../src/checkpoint/weight-files.js";
import { WeightScope } from "../../src/checkpoint/weight-scope.js";
import { GraphBuilder } from "../../src/graph/graph-builder.js";
import { hoist, type HoistedProgram } from "../../src/graph/partition.js";
import { programOf, type Program } from "../../src/graph/program.js";
import type { ComputeType, Value } from "../../src/graph/value.js";
import { type MovqConfig, readMovqConfig } from "../../src/models/movq/config.js";
import { readT5Config } from "../../src/models/t5/config.js";
import { t5Encoder } from "../../src/models/t5/encoder.js";
import { readUNetConfig } from "../../src/models/unet/config.js";
import { stepInvariant, unetInputs } from "../../src/models/unet/inputs.js";
import { unet } from "../../src/models/unet/unet.js";
import { tensor, type Tensor } from "../../src/tensor/tensor.js";
import { diffusersFixture } from "./goldens.js";
import type { Feeds } from "../../src/runtime/engine.js";

export const TINY = diffusersFixture("tiny");
export const GATED_GELU = new URL("../fixtures/t5-gated-gelu", import.meta.url).pathname;

export interface Network {
  readonly program: Program;
  readonly feeds: Feeds;
}

export async function tinyScope(part: "text_encoder" | "unet" | "movq"): Promise<WeightScope> {
  return WeightScope.root(await openWeightsOf(await openModelFolder(TINY), part));
}

/** Two texts of six tokens, the second one padded. */
export async function textEncoder(
  activation: "gated-silu" | "gated-gelu",
  computeType: ComputeType = "float32",
): Promise<Network> {
  const silu = activation === "gated-silu";
  const config = await readT5Config(silu ? `${TINY}/text_encoder/config.json` : `${GATED_GELU}/config.json`);
  const scope = silu ? await tinyScope("text_encoder") : WeightScope.root(await openWeights(GATED_GELU, "model"));
  const graph = new GraphBuilder({ computeType });
  const [ids, mask] = [graph.input("input_ids", "int64", [2, 6]), graph.input("mask", computeType, [2, 1, 1, 6])];
  const data = Float32Array.from({ length: 12 }, (_, index) => (index < 10 ? 0 : -1e30));
  return {
    program: programOf(new Map([["hidden", t5Encoder(scope, ids, mask, config)]])),
    feeds: {
      input_ids: { shape: [2, 6], data: BigInt64Array.from({ length: 12 }, (_, index) => BigInt(index + 2)) },
      mask: tensor([2, 1, 1, 6], data),
    },
  };
}

/** One sample of 16 x 16 with five tokens of text, at `steps` times; whole and cut. */
export async function denoiser(steps = 1, computeType: ComputeType = "float32"): Promise<Network & HoistedProgram> {
  const config = await readUNetConfig(`${TINY}/unet/config.json`);
  const graph = new GraphBuilder({ computeType });
  const inputs = unetInputs(graph, config, { height: 16, width: 16, tokens: 5, steps });
  const scope = await tinyScope("unet");
  const program = programOf(new Map([["prediction", unet(scope, inputs, config)]]));
  return {
    program,
    ...hoist(program, stepInvariant(inputs)),
    feeds: {
      sample: waves(inputs.sample.shape),
      timesteps: tensor([steps], new Float32Array(steps).fill(500)),
      encoder_hidden_states: waves(inputs.text.shape),
      score_bias: tensor([1, 1, 1, 5]),
    },
  };
}

export async function movq(
  shape: readonly number[],
  build: (scope: WeightScope, input: Value, config: MovqConfig) => Value,
  computeType: ComputeType = "float32",
): Promise<Program> {
  const input = new GraphBuilder({ computeType }).input("input", computeType, shape);
  const config = await readMovqConfig(`${TINY}/movq/config.json`);
  return programOf(new Map([["output", build(await tinyScope("movq"), input, config)]]));
}

/** Numbers in -1..1 that are the same everywhere. */
export function waves(shape: readonly number[]): Tensor {
  const wave = tensor(shape);
  wave.data.forEach((_, index) => (wave.data[index] = Math.sin(index * 1.7)));
  return wave;
}
