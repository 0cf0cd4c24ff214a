/**
 * Residual and attention blocks that encoder and decoder share; they differ in their norm alone. Reference: diffusers,
 * ResnetBlock2D, Attention and unets/unet_2d_blocks.py.
 */
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import { add, multiHeadAttention, reshape, silu, sizeOf } from "../../graph/ops/index.js";
import type { Value } from "../../graph/value.js";
import { block } from "../../nn/block.js";
import { conv2d } from "../../nn/convolution.js";
import { linear, swapLastAxes } from "../../nn/linear.js";

export const EPSILON = 1e-6;

/** The norm called `name` below `scope`: group norm in the encoder, spatial norm in the decoder. */
export type Norm = (scope: WeightScope, name: NormName, x: Value) => Value;

export type NormName = "norm1" | "norm2" | "conv_norm_out" | "attention";

/** `[B, in, H, W]` to `[B, out, H, W]`. */
export const resnet = block((scope: WeightScope, x: Value, outChannels: number, norm: Norm): Value => {
  const first = conv2d(scope.at("conv1"), silu(norm(scope, "norm1", x)), { outChannels, kernel: 3 });
  const second = conv2d(scope.at("conv2"), silu(norm(scope, "norm2", first)), { outChannels, kernel: 3 });
  const shortcut =
    sizeOf(x, 1) === outChannels ? x : conv2d(scope.at("conv_shortcut"), x, { outChannels, kernel: 1 });
  return add(shortcut, second);
});

/** Attention of the pixels to each other with one head as wide as the image has channels; the input is added. */
export const pixelAttention = block((scope: WeightScope, x: Value, norm: Norm): Value => {
  const channels = sizeOf(x, 1);
  const normed = norm(scope, "attention", x);
  const pixels = swapLastAxes(reshape(normed, [sizeOf(x, 0), channels, -1])); // [B, H W, C]
  const project = (name: string): Value => linear(scope.at(name), pixels, { outFeatures: channels });
  const mixed = multiHeadAttention(project("to_q"), project("to_k"), project("to_v"), {
    heads: 1,
    scale: channels ** -0.5,
  });
  const out = linear(scope.at("to_out", 0), mixed, { outFeatures: channels });
  return add(reshape(swapLastAxes(out), x.shape), x);
});

/** Residual block, attention, residual block. Reference: UNetMidBlock2D. */
export const midBlock = block((scope: WeightScope, x: Value, norm: Norm): Value => {
  const channels = sizeOf(x, 1);
  const first = resnet(scope.at("resnets", 0), x, channels, norm);
  const attended = pixelAttention(scope.at("attentions", 0), first, norm);
  return resnet(scope.at("resnets", 1), attended, channels, norm);
});
