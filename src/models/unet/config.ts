/** The keys of a Kandinsky 3 U-Net's `config.json`. Reference: diffusers, Kandinsky3UNet.__init__, whose defaults these are. */
import { z } from "zod";
import { type OnNote, readJson } from "../../files/json-file.js";
import { parseNetworkConfig } from "../../checkpoint/network-config.js";

const count = z.int().positive();

const schema = z
  .strictObject({
    in_channels: count.default(4),
    /** Not a key of diffusers, whose class ties it to `in_channels`; an inpainting U-Net takes 9 and returns 4. */
    out_channels: count.optional(),
    time_embedding_dim: count.default(1536),
    groups: count.default(32),
    attention_head_dim: count.default(64),
    /** The up path needs a first and a last block of its own. */
    layers_per_block: z.int().min(2).default(3),
    block_out_channels: z.array(count.multipleOf(2)).length(4).default([384, 768, 1536, 3072]),
    cross_attention_dim: count.default(4096),
    encoder_hid_dim: count.default(4096),
  })
  .transform((config) => ({ ...config, out_channels: config.out_channels ?? config.in_channels }));

export type UNetConfig = Readonly<z.infer<typeof schema>>;

/** Latent sides must be multiples of this: every level but the last halves them. */
export const UNET_STRIDE = 8;

/** Checks the parsed JSON of `file`. Throws `ConfigError` with file and key. */
export function parseUNetConfig(json: unknown, file: string, onNote?: OnNote): UNetConfig {
  return parseNetworkConfig(json, file, schema, { onNote });
}

/** Reads `config.json`. Throws `ConfigError` with file and key. */
export async function readUNetConfig(file: string): Promise<UNetConfig> {
  return parseUNetConfig(await readJson(file), file);
}
