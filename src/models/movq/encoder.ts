/** MoVQ's encoder: an image to latents. Reference: diffusers, autoencoders/vae.py (Encoder) and vq_model.py (encode). */
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import { silu, sizeOf } from "../../graph/ops/index.js";
import type { Value } from "../../graph/value.js";
import { block } from "../../nn/block.js";
import { conv2d } from "../../nn/convolution.js";
import { groupNorm } from "../../nn/normalization.js";
import { EPSILON, midBlock, type Norm, pixelAttention, resnet } from "./blocks.js";
import { channelsAt, type MovqConfig, movqScale } from "./config.js";

/**
 * Encodes images; nothing is quantized, sampled or scaled, as in the pipelines.
 * @param image `[B, 3, H, W]` in -1..1; sides are multiples of the latents' scale
 * @returns `[B, vq_embed_dim, H / 8, W / 8]` (8 for four levels)
 */
export function movqEncoder(scope: WeightScope, image: Value, config: MovqConfig): Value {
  const scale = movqScale(config);
  if (sizeOf(image, 2) % scale !== 0 || sizeOf(image, 3) % scale !== 0) {
    throw image.graph.internalError("movqEncoder", `sides ${sizeOf(image, 2)} x ${sizeOf(image, 3)} for scale ${scale}`);
  }
  const norm = encoderNorm(config.norm_num_groups);
  const encoded = encoder(scope.at("encoder"), image, config, norm);
  return conv2d(scope.at("quant_conv"), encoded, { outChannels: config.vq_embed_dim, kernel: 1 });
}

const encoder = block((scope: WeightScope, image: Value, config: MovqConfig, norm: Norm): Value => {
  let x = conv2d(scope.at("conv_in"), image, { outChannels: channelsAt(config, 0), kernel: 3 });
  for (const [level, outChannels] of config.block_out_channels.entries()) {
    x = downBlock(scope.at("down_blocks", level), x, level, outChannels, config, norm);
  }
  const middle = midBlock(scope.at("mid_block"), x, norm);
  const activated = silu(norm(scope, "conv_norm_out", middle));
  return conv2d(scope.at("conv_out"), activated, { outChannels: config.latent_channels, kernel: 3 });
});

const downBlock = block(
  (scope: WeightScope, input: Value, level: number, outChannels: number, config: MovqConfig, norm: Norm): Value => {
    let x = input;
    for (let layer = 0; layer < config.layers_per_block; layer++) {
      x = resnet(scope.at("resnets", layer), x, outChannels, norm);
      if (config.down_block_types[level] === "AttnDownEncoderBlock2D") {
        x = pixelAttention(scope.at("attentions", layer), x, norm);
      }
    }
    // Padding at the bottom and right alone, where torch's symmetric padding would shift the image.
    const halve = { outChannels, kernel: 3, stride: 2, pads: [0, 0, 1, 1] } as const;
    const last = level === config.block_out_channels.length - 1;
    return last ? x : conv2d(scope.at("downsamplers", 0, "conv"), x, halve);
  },
);

function encoderNorm(groups: number): Norm {
  return (scope, name, x) =>
    groupNorm(scope.at(name === "attention" ? "group_norm" : name), x, { groups, epsilon: EPSILON });
}
