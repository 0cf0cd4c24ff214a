/** Attention over an image's pixels, or from its pixels to the text. Reference: diffusers, Kandinsky3AttentionBlock. */
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import { add, multiHeadAttention, reshape, silu, sizeOf } from "../../graph/ops/index.js";
import type { Value } from "../../graph/value.js";
import { headCount, scoredAttention } from "../../nn/attention.js";
import { block } from "../../nn/block.js";
import { conv2d } from "../../nn/convolution.js";
import { linear, swapLastAxes } from "../../nn/linear.js";
import { conditionalGroupNorm, type TextContext } from "./conditioning.js";
import type { UNetConfig } from "./config.js";

/** How many times wider the feed-forward layer is; fixed in the reference's code. */
const EXPANSION_RATIO = 4;

/** `[B, C, H, W]` to the same shape; without `text` the pixels attend to each other. */
export const attentionBlock = block(
  (scope: WeightScope, x: Value, timeEmbed: Value, text: TextContext | undefined, config: UNetConfig): Value => {
    const channels = sizeOf(x, 1);
    const normed = conditionalGroupNorm(scope.at("in_norm"), x, timeEmbed, config.groups);
    const pixels = swapLastAxes(reshape(normed, [sizeOf(normed, 0), channels, -1])); // [B, H W, C]
    const mixed = attention(scope.at("attention"), pixels, text, config); // [B, H W, C]
    const attended = add(x, reshape(swapLastAxes(mixed), [sizeOf(mixed, 0), ...x.shape.slice(1)]));
    const inner = conditionalGroupNorm(scope.at("out_norm"), attended, timeEmbed, config.groups);
    return add(attended, feedForward(scope.at("feed_forward"), inner));
  },
);

const attention = block((scope: WeightScope, pixels: Value, text: TextContext | undefined, config: UNetConfig): Value => {
  const channels = sizeOf(pixels, 2);
  const heads = headCount(pixels, channels, config.attention_head_dim);
  const scale = config.attention_head_dim ** -0.5;
  const project = (name: string, from: Value): Value =>
    linear(scope.at(name), from, { outFeatures: channels, bias: false });
  const query = project("to_q", pixels);
  const key = project("to_k", text?.states ?? pixels);
  const value = project("to_v", text?.states ?? pixels);
  const mixed =
    text === undefined
      ? multiHeadAttention(query, key, value, { heads, scale })
      : scoredAttention(query, key, value, { heads, scale, bias: text.scoreBias });
  return linear(scope.at("to_out", 0), mixed, { outFeatures: channels, bias: false });
});

const feedForward = block((scope: WeightScope, x: Value): Value => {
  const channels = sizeOf(x, 1);
  const inner = conv2d(scope.at(0), x, { outChannels: EXPANSION_RATIO * channels, kernel: 1, bias: false });
  return conv2d(scope.at(2), silu(inner), { outChannels: channels, kernel: 1, bias: false });
});
