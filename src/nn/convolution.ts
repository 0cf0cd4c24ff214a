/** Convolution layers with the weights of torch.nn.Conv2d and torch.nn.ConvTranspose2d. */
import type { WeightScope } from "../checkpoint/weight-scope.js";
import { conv, convTranspose, sizeOf } from "../graph/ops/index.js";
import type { Value } from "../graph/value.js";
import { block, parameter } from "./block.js";

export interface Conv2dOptions {
  readonly outChannels: number;
  /** 1 and 3 keep the size at stride 1: the padding is `(kernel - 1) / 2`, rounded down. */
  readonly kernel: 1 | 2 | 3;
  readonly stride?: number;
  readonly bias?: boolean;
  /** Zeros at top, left, bottom, right instead of the usual padding. */
  readonly pads?: readonly [number, number, number, number];
}

/** `[B, in, H, W]` to `[B, out, H', W']`; keys `weight` `[out, in, kernel, kernel]`, `bias` `[out]`. */
export const conv2d = block((scope: WeightScope, x: Value, options: Conv2dOptions): Value => {
  const { outChannels, kernel, stride = 1 } = options;
  const weight = parameter(scope, x, "weight", [outChannels, sizeOf(x, 1), kernel, kernel]);
  const bias = options.bias === false ? undefined : parameter(scope, x, "bias", [outChannels]);
  const around = Math.floor((kernel - 1) / 2);
  const { pads = [around, around, around, around] } = options;
  return conv(x, weight, bias, { stride, pads });
});

/** Doubles both sides: `[B, C, H, W]` to `[B, C, 2H, 2W]`; keys `weight` `[C, C, 2, 2]`, `bias` `[C]`. */
export const doublingConvTranspose2d = block((scope: WeightScope, x: Value): Value => {
  const channels = sizeOf(x, 1);
  const weight = parameter(scope, x, "weight", [channels, channels, 2, 2]);
  return convTranspose(x, weight, parameter(scope, x, "bias", [channels]), 2);
});
