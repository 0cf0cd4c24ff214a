/**
 * The networks of a model as programs, each from one source of weights and for one size of picture: what a benchmark times
 * and counts, and what a made-up checkpoint has to hold weights for.
 */
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { WeightScope } from "../checkpoint/weight-scope.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import { hoist } from "../graph/partition.js";
import { programOf, type Program } from "../graph/program.js";
import type { Value } from "../graph/value.js";
import { type MovqConfig, movqScale } from "../models/movq/config.js";
import { movqDecoder } from "../models/movq/decoder.js";
import { movqEncoder } from "../models/movq/encoder.js";
import { quantize } from "../models/movq/quantizer.js";
import type { T5Config } from "../models/t5/config.js";
import { t5Encoder } from "../models/t5/encoder.js";
import { UNET_STRIDE, type UNetConfig } from "../models/unet/config.js";
import { stepInvariant, unetInputs } from "../models/unet/inputs.js";
import { unet } from "../models/unet/unet.js";

/** Sides of a picture or of its latents. */
export interface Sides {
  readonly height: number;
  readonly width: number;
}

/** The text encoder for one text of `tokens` tokens; input `input_ids`. */
export function textEncoderProgram(
  source: TensorSource,
  config: T5Config,
  tokens: number,
  graph = new GraphBuilder(),
): Program {
  const ids = graph.input("input_ids", "int64", [1, tokens]);
  return returning(t5Encoder(WeightScope.root(source), ids, undefined, config));
}

/** The whole U-Net for latents of these sides, what of it runs once for each text, and what runs at every step. */
export function unetPrograms(
  source: TensorSource,
  config: UNetConfig,
  sides: Sides,
  tokens: number,
  graph = new GraphBuilder(),
): { readonly whole: Program; readonly prologue: Program; readonly step: Program } {
  const inputs = unetInputs(graph, config, { ...sides, tokens });
  const whole = returning(unet(WeightScope.root(source), inputs, config));
  const { prologue, body } = hoist(whole, stepInvariant(inputs));
  return { whole, prologue, step: body };
}

/** MoVQ's encoder for a picture of these sides. */
export function movqEncoderProgram(
  source: TensorSource,
  config: MovqConfig,
  { height, width }: Sides,
  graph = new GraphBuilder(),
): Program {
  const image = graph.input("image", "float32", [1, config.in_channels, height, width]);
  return returning(movqEncoder(WeightScope.root(source), image, config));
}

/** MoVQ's decoder for latents of these sides; `quantised` looks them up in the codebook first, which no pipeline does. */
export function movqDecoderProgram(
  source: TensorSource,
  config: MovqConfig,
  { height, width }: Sides,
  quantised = false,
  graph = new GraphBuilder(),
): Program {
  const scope = WeightScope.root(source);
  const latents = graph.input("latents", "float32", [1, config.vq_embed_dim, height, width]);
  return returning(movqDecoder(scope, quantised ? quantize(scope, latents, config) : latents, config));
}

/** Builds a part at its smallest size, for what it asks of its weights. */
export const SMALLEST_BUILDS = {
  text_encoder: (source: TensorSource, config: T5Config, graph: GraphBuilder): void => {
    textEncoderProgram(source, config, 2, graph);
  },
  unet: (source: TensorSource, config: UNetConfig, graph: GraphBuilder): void => {
    unetPrograms(source, config, { height: UNET_STRIDE, width: UNET_STRIDE }, 2, graph);
  },
  movq: (source: TensorSource, config: MovqConfig, graph: GraphBuilder): void => {
    const side = movqScale(config);
    movqEncoderProgram(source, config, { height: side, width: side }, graph);
    movqDecoderProgram(source, config, { height: 1, width: 1 }, config.num_vq_embeddings !== null, graph);
  },
} as const;

function returning(output: Value): Program {
  return programOf(new Map([["output", output]]));
}
