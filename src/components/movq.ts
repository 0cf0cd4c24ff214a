/** MoVQ as a component: an encoder and a decoder over one file. */
import type { TensorSource } from "../checkpoint/tensor-location.js";
import { WeightScope } from "../checkpoint/weight-scope.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import type { Program } from "../graph/program.js";
import { type MovqConfig, movqScale, parseMovqConfig } from "../models/movq/config.js";
import { movqDecoder } from "../models/movq/decoder.js";
import { movqEncoder } from "../models/movq/encoder.js";
import { quantize } from "../models/movq/quantizer.js";
import { convolutionScheme, type Network, returning, type Sides } from "./network.js";

/** It stays in float32 unless it is named: it is small, runs once, and every rounding of it is seen directly. */
export const MOVQ: Network<MovqConfig> = {
  kind: "movq",
  weightsBase: "diffusion_pytorch_model",
  parseConfig: parseMovqConfig,
  smallest: (scope, config, graph) => {
    const side = movqScale(config);
    return [
      encoderProgram(scope, config, { height: side, width: side }, graph),
      decoderProgram(scope, config, { height: 1, width: 1 }, config.num_vq_embeddings !== null, graph),
    ];
  },
  unused: [],
  dtypes: { fp32: "fp32", int8: "fp32", int4: "fp32" },
  schemeOf: (_dtype, kernels) => convolutionScheme(kernels),
  // The codebook, which no pipeline looks anything up in.
  keepsPrecision: /^quantize\./,
};

/** MoVQ's encoder for an image of these sides: `image` `[1, 3, H, W]` to `output` `[1, 4, h, w]`. */
export function movqEncoderProgram(source: TensorSource, config: MovqConfig, sides: Sides): Program {
  return encoderProgram(WeightScope.root(source), config, sides, new GraphBuilder());
}

/** MoVQ's decoder for latents of these sides: `latents` `[1, 4, h, w]` to `output` `[1, 3, H, W]`. */
export function movqDecoderProgram(source: TensorSource, config: MovqConfig, sides: Sides): Program {
  return decoderProgram(WeightScope.root(source), config, sides, false, new GraphBuilder());
}

function encoderProgram(
  scope: WeightScope,
  config: MovqConfig,
  { height, width }: Sides,
  graph: GraphBuilder,
): Program {
  return returning(
    movqEncoder(scope, graph.input("image", graph.computeType, [1, config.in_channels, height, width]), config),
  );
}

/** @param quantized looks the latents up in the codebook first */
function decoderProgram(
  scope: WeightScope,
  config: MovqConfig,
  { height, width }: Sides,
  quantized: boolean,
  graph: GraphBuilder,
): Program {
  const latents = graph.input("latents", graph.computeType, [1, config.vq_embed_dim, height, width]);
  return returning(movqDecoder(scope, quantized ? quantize(scope, latents, config) : latents, config));
}
