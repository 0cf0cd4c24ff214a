/**
 * What the U-Net's blocks are told beside the image: the time, and the text. Reference: diffusers, unet_kandinsky3.py and
 * embeddings.py (Timesteps, TimestepEmbedding).
 */
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import { add, cast, concat, cos, mul, reduceMean, reshape, silu, sin, sizeOf, splitInTwo } from "../../graph/ops/index.js";
import type { Value } from "../../graph/value.js";
import { headCount, scoredAttention } from "../../nn/attention.js";
import { block } from "../../nn/block.js";
import { linear } from "../../nn/linear.js";
import { layerNorm, plainGroupNorm } from "../../nn/normalization.js";
import type { UNetConfig } from "./config.js";

/** Text as the blocks see it: projected embeddings `[B, L, D]` and what is added to their scores, `[B, 1, 1, L]`. */
export interface TextContext {
  readonly states: Value;
  readonly scoreBias: Value;
}

const MAX_PERIOD = 10_000;
const GROUP_NORM_EPSILON = 1e-5;
const LAYER_NORM_EPSILON = 1e-5;

/**
 * Sines, then cosines, of `[S]` times; `[S, width]` in the compute type. Frequencies are rounded to float32 at each operation, as
 * in PyTorch. The angles are float32 in every graph: near the 1000 of the first timestep half floats are half a radian apart.
 */
export function timeProjection(timesteps: Value, width: number): Value {
  const half = width / 2;
  const frequencies = Float32Array.from({ length: half }, (_, index) =>
    Math.exp(Math.fround(Math.fround(Math.fround(-Math.log(MAX_PERIOD)) * index) / (half - 1))),
  );
  const angles = mul(reshape(timesteps, [-1, 1]), timesteps.graph.floats(frequencies, [1, half], "float32")); // [S, half]
  return cast(concat([sin(angles), cos(angles)], 1), timesteps.graph.computeType);
}

/** Two linear layers with SiLU between. */
export const timestepEmbedding = block((scope: WeightScope, x: Value, width: number): Value => {
  const inner = linear(scope.at("linear_1"), x, { outFeatures: width });
  return linear(scope.at("linear_2"), silu(inner), { outFeatures: width });
});

/** `[B, L, encoder_hid_dim]` to `[B, L, cross_attention_dim]`. */
export const encoderProjection = block((scope: WeightScope, x: Value, config: UNetConfig): Value => {
  const projected = linear(scope.at("projection_linear"), x, { outFeatures: config.cross_attention_dim, bias: false });
  return layerNorm(scope.at("projection_norm"), projected, LAYER_NORM_EPSILON);
});

/** Adds to the time embedding what one query, the mean over all positions of the text, finds in it: `[S, time]`. */
export const attentionPooling = block(
  (scope: WeightScope, timeEmbed: Value, text: TextContext, config: UNetConfig): Value => {
    const attention = scope.at("attention");
    const { time_embedding_dim: timeDim, attention_head_dim: headDim, cross_attention_dim: contextDim } = config;
    // diffusers makes as many heads as fit into the output, and queries as wide as the output.
    const heads = headCount(timeEmbed, timeDim, headDim);
    const query = linear(attention.at("to_q"), reduceMean(text.states, 1), { outFeatures: timeDim, bias: false });
    const key = linear(attention.at("to_k"), text.states, { outFeatures: timeDim, bias: false });
    const value = linear(attention.at("to_v"), text.states, { outFeatures: timeDim, bias: false });
    if (sizeOf(text.states, 2) !== contextDim) {
      throw timeEmbed.graph.internalError("attentionPooling", `text of width ${sizeOf(text.states, 2)}`);
    }
    const mixed = scoredAttention(query, key, value, { heads, scale: headDim ** -0.5, bias: text.scoreBias });
    const pooled = linear(attention.at("to_out", 0), mixed, { outFeatures: timeDim, bias: false }); // [B, 1, time]
    return add(timeEmbed, reshape(pooled, [-1, timeDim]));
  },
);

/** Group norm whose scale and shift come from the time embedding; key `context_mlp.1`. */
export const conditionalGroupNorm = block(
  (scope: WeightScope, x: Value, timeEmbed: Value, groups: number): Value => {
    const channels = sizeOf(x, 1);
    const modulation = linear(scope.at("context_mlp", 1), silu(timeEmbed), { outFeatures: 2 * channels }); // [S, 2C]
    const [scale, shift] = splitInTwo(reshape(modulation, [-1, 2 * channels, 1, 1]), 1); // 2 x [S, C, 1, 1]
    return add(mul(plainGroupNorm(x, { groups, epsilon: GROUP_NORM_EPSILON }), add(scale, 1)), shift);
  },
);
