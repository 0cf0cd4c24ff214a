/** MoVQ's decoder: latents to an image. Reference: diffusers, autoencoders/vae.py (Decoder) and vq_model.py (decode). */
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import { add, mul, silu, sizeOf, upsampleNearest } from "../../graph/ops/index.js";
import type { Value } from "../../graph/value.js";
import { block } from "../../nn/block.js";
import { conv2d } from "../../nn/convolution.js";
import { groupNorm } from "../../nn/normalization.js";
import { EPSILON, midBlock, type Norm, pixelAttention, resnet } from "./blocks.js";
import { channelsAt, type MovqConfig } from "./config.js";

/** Spatial norm has this many groups whatever `norm_num_groups` says; fixed in the reference's code. */
const SPATIAL_NORM_GROUPS = 32;

/**
 * Decodes latents. The pipelines decode unquantized ones; pass quantized ones for the reference's other path.
 * @param latents `[B, vq_embed_dim, h, w]`
 * @returns `[B, 3, 8h, 8w]` (8 for four levels), roughly in -1..1
 */
export function movqDecoder(scope: WeightScope, latents: Value, config: MovqConfig): Value {
  const x = conv2d(scope.at("post_quant_conv"), latents, { outChannels: config.latent_channels, kernel: 1 });
  return decoder(scope.at("decoder"), x, latents, config);
}

const decoder = block((scope: WeightScope, latents: Value, zq: Value, config: MovqConfig): Value => {
  const norm = spatialNormFrom(zq);
  const levels = config.block_out_channels.length;
  let x = conv2d(scope.at("conv_in"), latents, { outChannels: channelsAt(config, levels - 1), kernel: 3 });
  x = midBlock(scope.at("mid_block"), x, norm);
  for (const [level, outChannels] of config.block_out_channels.toReversed().entries()) {
    x = upBlock(scope.at("up_blocks", level), x, level, outChannels, config, norm);
  }
  const activated = silu(norm(scope, "conv_norm_out", x));
  return conv2d(scope.at("conv_out"), activated, { outChannels: config.out_channels, kernel: 3 });
});

const upBlock = block(
  (scope: WeightScope, input: Value, level: number, outChannels: number, config: MovqConfig, norm: Norm): Value => {
    let x = input;
    // One layer more than the encoder's blocks have.
    for (let layer = 0; layer <= config.layers_per_block; layer++) {
      x = resnet(scope.at("resnets", layer), x, outChannels, norm);
      if (config.up_block_types[level] === "AttnUpDecoderBlock2D") {
        x = pixelAttention(scope.at("attentions", layer), x, norm);
      }
    }
    const last = level === config.block_out_channels.length - 1;
    return last ? x : conv2d(scope.at("upsamplers", 0, "conv"), upsampleNearest(x, 2), { outChannels, kernel: 3 });
  },
);

function spatialNormFrom(zq: Value): Norm {
  return (scope, name, x) => spatialNorm(scope.at(name === "attention" ? "spatial_norm" : name), x, zq);
}

/**
 * Group norm whose scale and shift per pixel come from the latents. Reference: diffusers, SpatialNorm. The reference enlarges
 * the latents and then convolves; a 1x1 convolution commutes with nearest enlargement, so it runs at the latents' size here.
 */
const spatialNorm = block((scope: WeightScope, x: Value, zq: Value): Value => {
  const channels = sizeOf(x, 1);
  const factor = sizeOf(x, 2) / sizeOf(zq, 2);
  const map = (name: string): Value =>
    upsampleNearest(conv2d(scope.at(name), zq, { outChannels: channels, kernel: 1 }), factor);
  // Before the norm: the engine goes through a node's newest inputs first, and would otherwise enlarge the latents for all norms of
  // the decoder before anything else, and keep them.
  const [scale, shift] = [map("conv_y"), map("conv_b")];
  const normed = groupNorm(scope.at("norm_layer"), x, { groups: SPATIAL_NORM_GROUPS, epsilon: EPSILON });
  return add(mul(normed, scale), shift);
});
