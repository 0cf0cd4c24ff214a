// Writes random weights of a given configuration in the layout of diffusers: for benchmarks at sizes whose real weights are
// not at hand. Needs a build (npm run build), since keys and shapes come from the model code itself.
//
//   node scripts/make-random-checkpoint.js OUT [--parts unet,movq,text_encoder] [--config MODEL] [--dtype float16|float32]
//       [--layers N]
//
// --layers makes a shallower network of the same widths: N layers of the text encoder, N in each block of the U-Net.
// MODEL is a model folder whose config.json files are taken; without it, the parts have the released model's dimensions.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { NETWORKS } from "../dist/components/components.js";
import { readNetworkConfig } from "../dist/components/network.js";
import { writeRandomWeights } from "../dist/benchmark/random-weights.js";
import { planWeights } from "../dist/components/weight-plan.js";
import { readFile } from "node:fs/promises";

const RELEASED = {
  unet: { _class_name: "Kandinsky3UNet" }, // Every dimension is the class's default.
  movq: {
    _class_name: "VQModel",
    block_out_channels: [256, 512, 512, 1024], // The 267 M version: movqgan's ch 256, ch_mult 1 2 2 4.
    down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "AttnDownEncoderBlock2D"],
    up_block_types: ["AttnUpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
    latent_channels: 4,
    layers_per_block: 2,
    norm_num_groups: 32,
    norm_type: "spatial",
    num_vq_embeddings: 16384,
    vq_embed_dim: 4,
  },
  text_encoder: {
    d_model: 4096,
    d_kv: 256,
    d_ff: 16384,
    num_layers: 32,
    num_heads: 16,
    vocab_size: 32128,
    relative_attention_num_buckets: 32,
    relative_attention_max_distance: 128,
    layer_norm_epsilon: 1e-6,
    feed_forward_proj: "gated-silu",
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    parts: { type: "string", default: "unet,movq,text_encoder" },
    config: { type: "string" },
    dtype: { type: "string", default: "float16" },
    layers: { type: "string" },
  },
});
const [out] = positionals;
if (out === undefined || !["float16", "float32"].includes(values.dtype)) {
  throw new Error("usage: node scripts/make-random-checkpoint.js OUT [--parts a,b] [--config MODEL] [--dtype float16]");
}
function shallower(part, text) {
  const key = { unet: "layers_per_block", text_encoder: "num_layers" }[part];
  return values.layers === undefined || key === undefined
    ? text
    : JSON.stringify({ ...JSON.parse(text), [key]: Number(values.layers) }, null, 2);
}
for (const part of values.parts.split(",")) {
  const network = NETWORKS.find(({ kind }) => kind === part);
  if (network === undefined) {
    throw new Error(`no part "${part}", expected unet, movq or text_encoder`);
  }
  const folder = join(out, part);
  await mkdir(folder, { recursive: true });
  const text =
    values.config === undefined
      ? JSON.stringify(RELEASED[part], null, 2)
      : await readFile(join(values.config, part, "config.json"), "utf8");
  await writeFile(join(folder, "config.json"), shallower(part, text));
  const plan = planWeights(network, await readNetworkConfig(network, join(folder, "config.json")));
  const count = await writeRandomWeights(join(folder, `${network.weightsBase}.safetensors`), plan, values.dtype);
  console.log(`${part}: ${plan.size} tensors, ${count} weights`);
}
