/** The U-Net's residual bottleneck, which also changes the resolution. Reference: diffusers, Kandinsky3ResNetBlock. */
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import { add, silu, sizeOf } from "../../graph/ops/index.js";
import type { Value } from "../../graph/value.js";
import { block } from "../../nn/block.js";
import { conv2d, doublingConvTranspose2d } from "../../nn/convolution.js";
import { conditionalGroupNorm } from "./conditioning.js";
import type { UNetConfig } from "./config.js";

/** What a residual block does to the resolution, if anything. */
export type Resampling = "up" | "down" | undefined;

/** How much narrower the inner convolutions are; fixed in the reference's code, like the kernels. */
const COMPRESSION_RATIO = 2;
const KERNELS = [1, 3, 3, 1] as const;
const UP_SAMPLING_BLOCK = 1;
const DOWN_SAMPLING_BLOCK = 2;

/** `[B, in, H, W]` to `[B, out, H', W']`. */
export const resnetBlock = block(
  (
    scope: WeightScope,
    x: Value,
    timeEmbed: Value,
    options: { readonly outChannels: number; readonly resampling?: Resampling },
    config: UNetConfig,
  ): Value => {
    const { outChannels, resampling } = options;
    const hidden = Math.floor(Math.max(sizeOf(x, 1), outChannels) / COMPRESSION_RATIO);
    let out = x;
    for (const [index, kernel] of KERNELS.entries()) {
      const step: ConvStep = {
        kernel,
        outChannels: index === KERNELS.length - 1 ? outChannels : hidden,
        resampling: resampledAt(index, resampling),
      };
      out = convBlock(scope.at("resnet_blocks", index), out, timeEmbed, step, config);
    }
    return add(shortcut(scope, x, outChannels, resampling), out);
  },
);

interface ConvStep {
  readonly kernel: 1 | 3;
  readonly outChannels: number;
  readonly resampling: Resampling;
}

/** Norm, activation, up-sampling, convolution, down-sampling. Reference: diffusers, Kandinsky3Block. */
const convBlock = block((scope: WeightScope, x: Value, timeEmbed: Value, step: ConvStep, config: UNetConfig): Value => {
  const activated = silu(conditionalGroupNorm(scope.at("group_norm"), x, timeEmbed, config.groups));
  const wide = step.resampling === "up" ? doublingConvTranspose2d(scope.at("up_sample"), activated) : activated;
  const projected = conv2d(scope.at("projection"), wide, { outChannels: step.outChannels, kernel: step.kernel });
  return step.resampling === "down" ? halve(scope.at("down_sample"), projected) : projected;
});

function shortcut(scope: WeightScope, x: Value, outChannels: number, resampling: Resampling): Value {
  const wide = resampling === "up" ? doublingConvTranspose2d(scope.at("shortcut_up_sample"), x) : x;
  const projected =
    sizeOf(x, 1) === outChannels ? wide : conv2d(scope.at("shortcut_projection"), wide, { outChannels, kernel: 1 });
  return resampling === "down" ? halve(scope.at("shortcut_down_sample"), projected) : projected;
}

function halve(scope: WeightScope, x: Value): Value {
  return conv2d(scope, x, { outChannels: sizeOf(x, 1), kernel: 2, stride: 2 });
}

function resampledAt(index: number, resampling: Resampling): Resampling {
  const at = resampling === "up" ? UP_SAMPLING_BLOCK : DOWN_SAMPLING_BLOCK;
  return index === at ? resampling : undefined;
}
