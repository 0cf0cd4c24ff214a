/** The keys of MoVQ's `config.json`. Reference: diffusers, VQModel.__init__, whose defaults these are. */
import { z } from "zod";
import { InternalError } from "../../errors.js";
import { type OnNote, readJson } from "../../files/json-file.js";
import { parseNetworkConfig } from "../../checkpoint/network-config.js";

const count = z.int().positive();

const schema = z
  .strictObject({
    in_channels: z.literal(3).default(3),
    out_channels: z.literal(3).default(3),
    latent_channels: count,
    vq_embed_dim: count.nullish(),
    /** Null where the files have no codebook: the original's do not, and no pipeline looks anything up in it. */
    num_vq_embeddings: count.nullable().default(256),
    block_out_channels: z.array(count).min(1),
    layers_per_block: count.default(1),
    down_block_types: z.array(z.enum(["DownEncoderBlock2D", "AttnDownEncoderBlock2D"])),
    up_block_types: z.array(z.enum(["UpDecoderBlock2D", "AttnUpDecoderBlock2D"])),
    norm_num_groups: count.default(32),
    /** "group" would be another decoder than MoVQ's. */
    norm_type: z.literal("spatial"),
    act_fn: z.literal("silu").default("silu"),
    mid_block_add_attention: z.literal(true).default(true),
    lookup_from_codebook: z.literal(false).default(false),
  })
  .refine((config) => config.down_block_types.length === config.block_out_channels.length, {
    path: ["down_block_types"],
    error: "expected as many entries as block_out_channels",
  })
  .refine((config) => config.up_block_types.length === config.block_out_channels.length, {
    path: ["up_block_types"],
    error: "expected as many entries as block_out_channels",
  })
  .transform((config) => ({ ...config, vq_embed_dim: config.vq_embed_dim ?? config.latent_channels }));

/** For training, for other types than float32, and for pipelines that scale latents, which Kandinsky 3's does not. */
const PASSED_OVER = new Set(["sample_size", "force_upcast", "scaling_factor"]);

export type MovqConfig = Readonly<z.infer<typeof schema>>;

/** Checks the parsed JSON of `file`. Throws `ConfigError` with file and key. */
export function parseMovqConfig(json: unknown, file: string, onNote?: OnNote): MovqConfig {
  return parseNetworkConfig(json, file, schema, { passedOver: PASSED_OVER, onNote });
}

/** Reads `config.json`. Throws `ConfigError` with file and key. */
export async function readMovqConfig(file: string): Promise<MovqConfig> {
  return parseMovqConfig(await readJson(file), file);
}

/** Channels at `level`, 0 being the outermost. */
export function channelsAt(config: MovqConfig, level: number): number {
  const channels = config.block_out_channels[level];
  if (channels === undefined) {
    throw new InternalError(`MoVQ has ${config.block_out_channels.length} levels in block_out_channels, got level ${level}`);
  }
  return channels;
}

/** Pixels per latent, along each side. */
export function movqScale(config: MovqConfig): number {
  return 2 ** (config.block_out_channels.length - 1);
}
