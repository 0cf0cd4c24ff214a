/** The latent U-Net of Kandinsky 3. Reference: diffusers, models/unets/unet_kandinsky3.py, Kandinsky3UNet. */
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import { InternalError } from "../../errors.js";
import { concat, silu, sizeOf } from "../../graph/ops/index.js";
import type { Value } from "../../graph/value.js";
import { block } from "../../nn/block.js";
import { conv2d } from "../../nn/convolution.js";
import { groupNorm } from "../../nn/normalization.js";
import { attentionBlock } from "./attention-block.js";
import { attentionPooling, encoderProjection, type TextContext, timeProjection, timestepEmbedding } from "./conditioning.js";
import type { UNetConfig } from "./config.js";
import type { UNetInputs } from "./inputs.js";
import { resnetBlock } from "./resnet-block.js";

const GROUP_NORM_EPSILON = 1e-5;

/** Predicts the noise in `sample`: `[B, out_channels, h, w]`. */
export function unet(scope: WeightScope, inputs: UNetInputs, config: UNetConfig): Value {
  const { timesteps, scoreBias } = inputs;
  const initChannels = Math.floor(channelsOf(config, 0) / 2);
  const states =
    inputs.textForm === "context" ? inputs.text : encoderProjection(scope.at("encoder_hid_proj"), inputs.text, config);
  const text: TextContext = { states, scoreBias };
  const projected = timeProjection(timesteps, initChannels);
  const embedded = timestepEmbedding(scope.at("time_embedding"), projected, config.time_embedding_dim);
  const timeEmbed = attentionPooling(scope.at("add_time_condition"), embedded, text, config); // [S, time]

  let x = conv2d(scope.at("conv_in"), inputs.sample, { outChannels: initChannels, kernel: 3 });
  const levels = config.block_out_channels.length;
  const skips: Value[] = [];
  for (let level = 0; level < levels; level++) {
    x = downBlock(scope.at("down_blocks", level), x, timeEmbed, text, level, config);
    skips.push(x);
  }
  skips.pop(); // the bottom level feeds the up path directly
  for (let level = levels - 1; level >= 0; level--) {
    const skip = level === levels - 1 ? undefined : skips.pop();
    const joined = skip === undefined ? x : concat([x, skip], 1);
    x = upBlock(scope.at("up_blocks", levels - 1 - level), joined, timeEmbed, text, level, config);
  }
  const normed = groupNorm(scope.at("conv_norm_out"), x, { groups: config.groups, epsilon: GROUP_NORM_EPSILON });
  return conv2d(scope.at("conv_out"), silu(normed), { outChannels: config.out_channels, kernel: 3 });
}

/** Self-attention, then per layer: residual block, attention to the text, residual block. The last one halves the resolution. */
const downBlock = block(
  (scope: WeightScope, x: Value, timeEmbed: Value, text: TextContext, level: number, config: UNetConfig): Value => {
    const outChannels = channelsOf(config, level);
    const attends = hasAttention(level);
    const layers = config.layers_per_block;
    let hidden = attends ? attentionBlock(scope.at("attentions", 0), x, timeEmbed, undefined, config) : x;
    for (let layer = 0; layer < layers; layer++) {
      hidden = resnetBlock(scope.at("resnets_in", layer), hidden, timeEmbed, { outChannels }, config);
      if (attends) {
        hidden = attentionBlock(scope.at("attentions", layer + 1), hidden, timeEmbed, text, config);
      }
      const last = layer === layers - 1 && level < config.block_out_channels.length - 1;
      const resampling = last ? "down" : undefined;
      hidden = resnetBlock(scope.at("resnets_out", layer), hidden, timeEmbed, { outChannels, resampling }, config);
    }
    return hidden;
  },
);

/** The mirror image of `downBlock`: the first residual block doubles the resolution, self-attention comes last. */
const upBlock = block(
  (scope: WeightScope, x: Value, timeEmbed: Value, text: TextContext, level: number, config: UNetConfig): Value => {
    const levelChannels = channelsOf(config, level);
    const outChannels = level === 0 ? Math.floor(levelChannels / 2) : channelsOf(config, level - 1);
    const attends = hasAttention(level);
    const layers = config.layers_per_block;
    let hidden = x;
    for (let layer = 0; layer < layers; layer++) {
      const entering = sizeOf(hidden, 1);
      const resampling = layer === 0 && level < config.block_out_channels.length - 1 ? "up" : undefined;
      const keep = { outChannels: entering, resampling } as const;
      hidden = resnetBlock(scope.at("resnets_in", layer), hidden, timeEmbed, keep, config);
      if (attends) {
        hidden = attentionBlock(scope.at("attentions", layer + 1), hidden, timeEmbed, text, config);
      }
      const change = { outChannels: layer === layers - 1 ? outChannels : levelChannels };
      hidden = resnetBlock(scope.at("resnets_out", layer), hidden, timeEmbed, change, config);
    }
    return attends ? attentionBlock(scope.at("attentions", 0), hidden, timeEmbed, undefined, config) : hidden;
  },
);

/** The outermost level has no attention; fixed in the reference's code. */
function hasAttention(level: number): boolean {
  return level > 0;
}

function channelsOf(config: UNetConfig, level: number): number {
  const channels = config.block_out_channels[level];
  if (channels === undefined) {
    throw new InternalError(`no level ${level} in block_out_channels`);
  }
  return channels;
}
