/**
 * The original repository's names of tensors and diffusers' names of the same ones. Left the original's modules (model/unet.py,
 * model/nn.py, movq.py, condition_encoders.py), right those of diffusers (unet_kandinsky3.py, autoencoders/vae.py).
 */
import { type KeyRule, KeyRules, mirrored, NEXT, type Renaming, SAME } from "./key-rules.js";

const UNET_ATTENTION: readonly Renaming[] = [
  ["to_query", "to_q"],
  ["to_key", "to_k"],
  ["to_value", "to_v"],
  ["output_layer", "to_out.0"],
];

/**
 * A level of the U-Net. The original keeps residual block, cross attention and residual block of a layer in one list of three;
 * diffusers has a list for each place, and the level's self attention goes before the cross attentions.
 */
function unetLevels(from: string, to: string): KeyRule[] {
  const layer = `${from}.#.resnet_attn_blocks.#`;
  return [
    { from: `${from}.#.self_attention_block.*`, to: `${to}.#.attentions.0.*`, renamings: UNET_ATTENTION },
    { from: `${layer}.0.*`, to: `${to}.#.resnets_in.#.*` },
    { from: `${layer}.1.*`, to: `${to}.#.attentions.#.*`, indices: [SAME, NEXT], renamings: UNET_ATTENTION },
    { from: `${layer}.2.*`, to: `${to}.#.resnets_out.#.*` },
  ];
}

/** Of a U-Net of any size, inpainting included. */
export const UNET_KEYS = new KeyRules([
  { from: "in_layer.*", to: "conv_in.*" },
  { from: "to_time_embed.1.*", to: "time_embedding.linear_1.*" },
  { from: "to_time_embed.3.*", to: "time_embedding.linear_2.*" },
  { from: "feature_pooling.*", to: "add_time_condition.*", renamings: UNET_ATTENTION },
  ...unetLevels("down_samples", "down_blocks"),
  ...unetLevels("up_samples", "up_blocks"),
  { from: "out_layer.0.*", to: "conv_norm_out.*" },
  { from: "out_layer.2.*", to: "conv_out.*" },
]);

/** Of the projection, which has a file of its own there and is part of the U-Net in diffusers. */
export const PROJECTION_KEYS = new KeyRules([
  { from: "0.weight", to: "encoder_hid_proj.projection_linear.weight" },
  { from: "1.weight", to: "encoder_hid_proj.projection_norm.weight" },
  { from: "1.bias", to: "encoder_hid_proj.projection_norm.bias" },
]);

const MOVQ_COMMON: readonly Renaming[] = [
  ["nin_shortcut", "conv_shortcut"],
  ["q", "to_q"],
  ["k", "to_k"],
  ["v", "to_v"],
  ["proj_out", "to_out.0"],
];

/** The encoder's norms are plain ones, which the original wraps all the same. */
const MOVQ_ENCODER: readonly Renaming[] = [
  ["norm1.norm_layer", "norm1"],
  ["norm2.norm_layer", "norm2"],
  ["norm.norm_layer", "group_norm"],
  ...MOVQ_COMMON,
];

const MOVQ_DECODER: readonly Renaming[] = [["norm", "spatial_norm"], ...MOVQ_COMMON];

function movqMiddle(side: string, renamings: readonly Renaming[]): KeyRule[] {
  return [
    { from: `${side}.conv_in.*`, to: `${side}.conv_in.*` },
    { from: `${side}.mid.block_1.*`, to: `${side}.mid_block.resnets.0.*`, renamings },
    { from: `${side}.mid.attn_1.*`, to: `${side}.mid_block.attentions.0.*`, renamings },
    { from: `${side}.mid.block_2.*`, to: `${side}.mid_block.resnets.1.*`, renamings },
    { from: `${side}.conv_out.*`, to: `${side}.conv_out.*` },
  ];
}

/** Of a MoVQ of so many levels: the original counts the decoder's from the picture, diffusers from the latents. */
export function movqKeys(levels: number): KeyRules {
  const [down, up] = ["encoder.down_blocks.#", "decoder.up_blocks.#"];
  const indices = [mirrored(levels)];
  return new KeyRules([
    ...movqMiddle("encoder", MOVQ_ENCODER),
    { from: "encoder.down.#.block.#.*", to: `${down}.resnets.#.*`, renamings: MOVQ_ENCODER },
    { from: "encoder.down.#.attn.#.*", to: `${down}.attentions.#.*`, renamings: MOVQ_ENCODER },
    { from: "encoder.down.#.downsample.*", to: `${down}.downsamplers.0.*` },
    { from: "encoder.norm_out.norm_layer.*", to: "encoder.conv_norm_out.*" },
    { from: "quant_conv.*", to: "quant_conv.*" },
    { from: "post_quant_conv.*", to: "post_quant_conv.*" },
    ...movqMiddle("decoder", MOVQ_DECODER),
    { from: "decoder.up.#.block.#.*", to: `${up}.resnets.#.*`, indices, renamings: MOVQ_DECODER },
    { from: "decoder.up.#.attn.#.*", to: `${up}.attentions.#.*`, indices, renamings: MOVQ_DECODER },
    { from: "decoder.up.#.upsample.*", to: `${up}.upsamplers.0.*`, indices },
    { from: "decoder.norm_out.*", to: "decoder.conv_norm_out.*" },
  ]);
}

/** Keys, in diffusers' names, of the 1x1 convolutions that are matrices there. */
export const MOVQ_MATRICES = /\.attentions\.\d+\.to_(?:q|k|v|out\.0)\.weight$/;
