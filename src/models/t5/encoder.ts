/**
 * The T5 encoder that embeds prompts (Flan-UL2 in the released model). Reference: transformers, modeling_t5.py, T5EncoderModel.
 *
 * The residual stream and the norms that read it are float32 in every graph, because the stream of the released encoder leaves
 * the range of half floats. What the layers compute between a norm and the sum is in the compute type; transformers
 * keeps the last product of the feed-forward layer (`wo`) in float32 as well, which is not done here.
 */
import type { UnusedAllowance } from "../../checkpoint/audit.js";
import type { WeightScope } from "../../checkpoint/weight-scope.js";
import { add, cast, gatherRows, geluTanh, mul, reshape, silu, sizeOf, transpose } from "../../graph/ops/index.js";
import type { Graph, Value } from "../../graph/value.js";
import { scoredAttention } from "../../nn/attention.js";
import { block, parameter } from "../../nn/block.js";
import { linear } from "../../nn/linear.js";
import { rmsNorm } from "../../nn/normalization.js";
import type { T5Config } from "./config.js";
import { relativePositionBuckets } from "./position-bias.js";

/** Tensors that text encoder files may hold beside the encoder. */
export const T5_UNUSED: readonly UnusedAllowance[] = [
  { keys: "encoder.embed_tokens.weight", reason: "the same tensor as shared.weight" },
  { keys: "decoder.*", reason: "a whole T5 file; only the encoder runs" },
  { keys: "lm_head.weight", reason: "a whole T5 file; only the encoder runs" },
];

const RESIDUAL_TYPE = "float32";

/**
 * Embeds token ids.
 * @param inputIds int64 `[B, L]`
 * @param mask `[B, 1, 1, L]` in the compute type, added to the scores: 0 for tokens, the lowest number of its type for padding.
 * Without it every position is a token.
 * @param buckets int64 `[L, L]` (`relativePositionBuckets`), where the length is not known while building; a constant when left out
 * @returns `[B, L, d_model]` in the compute type
 */
export function t5Encoder(
  scope: WeightScope,
  inputIds: Value,
  mask: Value | undefined,
  config: T5Config,
  buckets?: Value,
): Value {
  const { graph } = inputIds;
  const table = scope.has("shared.weight") ? scope.at("shared") : scope.at("encoder", "embed_tokens");
  const stored = graph.weight(table.weight("weight", [config.vocab_size, config.d_model]));
  let hidden = cast(gatherRows(stored, inputIds), RESIDUAL_TYPE); // [B, L, D]
  const encoder = scope.at("encoder");
  const bias = scoreBias(graph, encoder.at("block", 0, "layer", 0, "SelfAttention"), inputIds, mask, config, buckets);
  for (let index = 0; index < config.num_layers; index++) {
    hidden = encoderBlock(encoder.at("block", index), hidden, bias, config);
  }
  return rmsNorm(encoder.at("final_layer_norm"), hidden, config.layer_norm_epsilon);
}

/** The position bias is stored in the first block alone and used by all. Returns `[B | 1, H, L, L]`. */
function scoreBias(
  graph: Graph,
  scope: WeightScope,
  inputIds: Value,
  mask: Value | undefined,
  config: T5Config,
  given: Value | undefined,
): Value {
  const { relative_attention_num_buckets: buckets, num_heads: heads } = config;
  const length = sizeOf(inputIds, 1);
  const weight = parameter(scope.at("relative_attention_bias"), inputIds, "weight", [buckets, heads]);
  const indices = given ?? graph.constant(relativePositionBuckets(length, config), [length, length]);
  const perPair = transpose(gatherRows(weight, indices), [2, 0, 1]); // [H, L, L]
  const bias = reshape(perPair, [1, heads, length, length]);
  return mask === undefined ? bias : add(bias, mask);
}

const encoderBlock = block((scope: WeightScope, x: Value, bias: Value, config: T5Config): Value => {
  const attention = scope.at("layer", 0);
  const normed = rmsNorm(attention.at("layer_norm"), x, config.layer_norm_epsilon);
  const attended = addResidual(x, selfAttention(attention.at("SelfAttention"), normed, bias, config));
  const feedForward = scope.at("layer", 1);
  const inner = rmsNorm(feedForward.at("layer_norm"), attended, config.layer_norm_epsilon);
  return addResidual(attended, gatedFeedForward(feedForward.at("DenseReluDense"), inner, config));
});

function addResidual(stream: Value, layer: Value): Value {
  return add(stream, cast(layer, RESIDUAL_TYPE));
}

/** T5 scales no scores: the initialisation took care of it. */
const selfAttention = block((scope: WeightScope, x: Value, bias: Value, config: T5Config): Value => {
  const project = (name: string): Value =>
    linear(scope.at(name), x, { outFeatures: config.num_heads * config.d_kv, bias: false });
  const mixed = scoredAttention(project("q"), project("k"), project("v"), { heads: config.num_heads, scale: 1, bias });
  return linear(scope.at("o"), mixed, { outFeatures: config.d_model, bias: false });
});

const gatedFeedForward = block((scope: WeightScope, x: Value, config: T5Config): Value => {
  const activation = config.feed_forward_proj === "gated-silu" ? silu : geluTanh;
  const gate = activation(linear(scope.at("wi_0"), x, { outFeatures: config.d_ff, bias: false }));
  const inner = mul(gate, linear(scope.at("wi_1"), x, { outFeatures: config.d_ff, bias: false }));
  return linear(scope.at("wo"), inner, { outFeatures: config.d_model, bias: false });
});
