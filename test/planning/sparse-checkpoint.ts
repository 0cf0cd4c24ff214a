/** A checkpoint of any size that takes no room: true headers, and a hole where the weights would be. */
import { mkdirSync, openSync, closeSync, ftruncateSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { planWeights, type WeightPlan } from "../../src/components/weight-plan.js";
import { shapeSize } from "../../src/tensor/shape.js";
import { NETWORKS } from "../../src/components/components.js";
import { type Network, readNetworkConfig } from "../../src/components/network.js";

/** The dimensions of the released model: the U-Net's are its class's defaults, the others are in scripts/make-random-checkpoint.js. */
const CONFIGS = {
  "text_encoder/config.json": {
    d_model: 4096,
    d_kv: 256,
    d_ff: 16384,
    num_layers: 32,
    num_heads: 16,
    vocab_size: 32128,
    relative_attention_num_buckets: 32,
    layer_norm_epsilon: 1e-6,
    feed_forward_proj: "gated-silu",
  },
  "unet/config.json": {},
  "movq/config.json": {
    block_out_channels: [256, 512, 512, 1024],
    layers_per_block: 2,
    latent_channels: 4,
    norm_type: "spatial",
    num_vq_embeddings: 16384,
    vq_embed_dim: 4,
    down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
    up_block_types: ["AttnUpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
  },
  "scheduler/scheduler_config.json": {},
  "tokenizer/tokenizer_config.json": {},
  "model_index.json": {
    _class_name: "Kandinsky3Pipeline",
    tokenizer: ["t", "t"],
    text_encoder: ["t", "t"],
    unet: ["d", "d"],
    movq: ["d", "d"],
    scheduler: ["d", "d"],
  },
};

/** Writes a model of the released dimensions in float16, 23 GB by its sizes, into `folder`. */
export async function writeReleasedOutline(folder: string): Promise<void> {
  for (const [path, config] of Object.entries(CONFIGS)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(config));
  }
  for (const network of NETWORKS) {
    writeSparse(
      join(folder, network.kind, `${network.weightsBase}.fp16.safetensors`),
      await planOfFolder<unknown>(folder, network),
    );
  }
}

async function planOfFolder<Config>(folder: string, network: Network<Config>): Promise<WeightPlan> {
  return planWeights(network, await readNetworkConfig(network, join(folder, network.kind, "config.json")));
}

function writeSparse(path: string, plan: WeightPlan): void {
  let offset = 0;
  const entries = [...plan].map(([key, shape]) => {
    const begin = offset;
    offset += 2 * shapeSize(shape);
    return [key, { dtype: "F16", shape, data_offsets: [begin, offset] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  const handle = openSync(path, "w");
  writeSync(handle, Buffer.concat([prefix, header]));
  ftruncateSync(handle, 8 + header.length + offset);
  closeSync(handle);
}
