/**
 * Configurations of an original release in the form of diffusers' `config.json` files. The release keeps its dimensions in code;
 * a folder of other dimensions states them in a `config.json` beside `weights/`, in the names of that code.
 * Reference: ai-forever/Kandinsky-3, kandinsky3/__init__.py and model/diffusion.py.
 */
import { dirname, join } from "node:path";
import { z } from "zod";
import { type OnNote, parseConfig, readConfig, readJson } from "../../files/json-file.js";
import { FileProblem, pathKind } from "../../files/local-file.js";
import type { UNetName } from "../../components/components.js";
import { isJsonObject } from "../../files/strict-json.js";
import { ConfigError } from "../../errors.js";
import { releasePath } from "./release-folder.js";
import type { ModelFolder } from "../layout.js";
import { releaseFile } from "../../components/release-files.js";

const count = z.int().positive();
const counts = z.array(count).min(1);
/** Latents have four channels; an inpainting U-Net also takes a mask and the latents of the masked picture. */
const LATENT_CHANNELS = 4;
const INPAINTING_CHANNELS = 2 * LATENT_CHANNELS + 1;
/** What the network's code in this program has as well: it is the same for every size. */
const ATTENTION_LEVELS = [false, true, true, true] as const;
const attentionLevels = z.tuple([z.literal(false), z.literal(true), z.literal(true), z.literal(true)]);

const unetSchema = z
  .strictObject({
    model_channels: count.default(384),
    init_channels: count.default(192),
    time_embed_dim: count.default(1536),
    context_dim: count.default(4096),
    groups: count.default(32),
    head_dim: count.default(64),
    expansion_ratio: z.literal(4).default(4),
    compression_ratio: z.literal(2).default(2),
    dim_mult: counts.default([1, 2, 4, 8]),
    num_blocks: counts.default([3, 3, 3, 3]),
    add_cross_attention: attentionLevels.default([...ATTENTION_LEVELS]),
    add_self_attention: attentionLevels.default([...ATTENTION_LEVELS]),
  })
  .refine((unet) => unet.num_blocks.every((blocks) => blocks === unet.num_blocks[0]), {
    path: ["num_blocks"],
    error: "expected the same number at every level",
  })
  .refine((unet) => 2 * unet.init_channels === unet.model_channels * (unet.dim_mult[0] ?? 0), {
    path: ["init_channels"],
    error: "expected half the channels of the first level",
  });

const movqSchema = z.strictObject({
  double_z: z.literal(false).default(false),
  z_channels: count.default(LATENT_CHANNELS),
  resolution: count.default(256),
  in_channels: count.default(3),
  out_ch: count.default(3),
  ch: count.default(256),
  ch_mult: counts.default([1, 2, 2, 4]),
  num_res_blocks: count.default(2),
  attn_resolutions: z.array(count).default([32]),
});

/** The defaults are the release's own. */
const dimensionsSchema = z.strictObject({
  unet: unetSchema.prefault({}),
  unet_in_channels: z.record(z.string(), count).default({}),
  out_channels: count.default(LATENT_CHANNELS),
  movq: movqSchema.prefault({}),
});

/** Keys of the original code's configuration that say nothing about dimensions. */
const PASSED_OVER = new Set([
  "tokens_length",
  "dtype",
  "movq.dropout",
  "movq.resamp_with_conv",
  "movq.zq_ch",
  "movq.add_conv",
]);

type ReleaseDimensions = Readonly<z.infer<typeof dimensionsSchema>>;

/** The dimensions of a release: those of its `config.json` where it has one, else the published ones. Throws `ConfigError`. */
export async function readReleaseDimensions(folder: ModelFolder, onNote?: OnNote): Promise<ReleaseDimensions> {
  const file = join(dirname(folder.root), "config.json");
  const own = folder.root === folder.path ? [file, join(folder.root, "config.json")] : [file];
  for (const candidate of own) {
    if (await isThere(candidate)) {
      const json = await readJson(candidate);
      // Repositories carry files of this name for other purposes; one about these networks names them.
      if (isJsonObject(json) && "unet" in json && "movq" in json) {
        return parseConfig(json, candidate, dimensionsSchema, { passedOver: PASSED_OVER, onNote });
      }
    }
  }
  return dimensionsSchema.parse({});
}

/** A U-Net's `config.json`. `out_channels` is a key of this program, for what diffusers cannot express. */
export async function releaseUNetConfig(folder: ModelFolder, part: UNetName, onNote?: OnNote): Promise<object> {
  const { unet, unet_in_channels: inputs, out_channels: outputs } = await readReleaseDimensions(folder, onNote);
  const textConfig = await readConfig(
    join(releasePath(folder, "text_encoder"), "config.json"),
    z.looseObject({ d_model: count }),
  );
  const file = releaseFile(part).replace(/\.pt$/, "");
  const channels = inputs[file] ?? (part === "unet_inpainting" ? INPAINTING_CHANNELS : LATENT_CHANNELS);
  return {
    _class_name: "Kandinsky3UNet",
    in_channels: channels,
    ...(channels === outputs ? {} : { out_channels: outputs }),
    time_embedding_dim: unet.time_embed_dim,
    groups: unet.groups,
    attention_head_dim: unet.head_dim,
    layers_per_block: unet.num_blocks[0],
    block_out_channels: unet.dim_mult.map((factor) => factor * unet.model_channels),
    cross_attention_dim: unet.context_dim,
    encoder_hid_dim: textConfig.d_model,
  };
}

/** MoVQ's `config.json`. The release has no codebook: pictures are decoded from latents that nothing was looked up for. */
export async function releaseMovqConfig(folder: ModelFolder, onNote?: OnNote): Promise<object> {
  const { movq } = await readReleaseDimensions(folder, onNote);
  const attention = movq.ch_mult.map((_, level) => movq.attn_resolutions.includes(movq.resolution / 2 ** level));
  return {
    _class_name: "VQModel",
    act_fn: "silu",
    block_out_channels: movq.ch_mult.map((factor) => factor * movq.ch),
    down_block_types: attention.map((has) => (has ? "AttnDownEncoderBlock2D" : "DownEncoderBlock2D")),
    in_channels: movq.in_channels,
    latent_channels: movq.z_channels,
    layers_per_block: movq.num_res_blocks,
    lookup_from_codebook: false,
    mid_block_add_attention: true,
    norm_num_groups: 32,
    norm_type: "spatial",
    num_vq_embeddings: null,
    out_channels: movq.out_ch,
    sample_size: movq.resolution,
    scaling_factor: 1,
    up_block_types: attention.toReversed().map((has) => (has ? "AttnUpDecoderBlock2D" : "UpDecoderBlock2D")),
    vq_embed_dim: movq.z_channels,
  };
}

/**
 * The schedule as a DDPM scheduler of diffusers: cosine betas, noise predicted, and the original's dynamic thresholding, whose
 * quantile has no upper bound there.
 */
export const RELEASE_SCHEDULER_CONFIG = {
  _class_name: "DDPMScheduler",
  beta_end: 0.02,
  beta_schedule: "squaredcos_cap_v2",
  beta_start: 0.0001,
  clip_sample: false,
  clip_sample_range: 1,
  dynamic_thresholding_ratio: 0.99,
  num_train_timesteps: 1000,
  prediction_type: "epsilon",
  rescale_betas_zero_snr: false,
  sample_max_value: 1e6,
  steps_offset: 0,
  thresholding: true,
  timestep_spacing: "leading",
  trained_betas: null,
  variance_type: "fixed_small",
} as const;

async function isThere(file: string): Promise<boolean> {
  try {
    return (await pathKind(file)) === "file";
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new ConfigError(`${file} ${error.message}`, { cause: error });
    }
    throw error;
  }
}
