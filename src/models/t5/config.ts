/** The keys of a T5 encoder's `config.json` that decide its shape. Reference: transformers, T5Config. */
import { z } from "zod";
import { type OnNote, readJson } from "../../files/json-file.js";
import { parseNetworkConfig } from "../../checkpoint/network-config.js";

const count = z.int().positive();

const schema = z
  .strictObject({
    d_model: count,
    d_kv: count,
    d_ff: count,
    num_layers: count,
    num_heads: count,
    vocab_size: count,
    relative_attention_num_buckets: z.int().min(4).multipleOf(4),
    /** T5Config's default for files from before the key existed. */
    relative_attention_max_distance: count.default(128),
    layer_norm_epsilon: z.number().positive(),
    feed_forward_proj: z.enum(["gated-silu", "gated-gelu"]),
  })
  .refine((config) => config.relative_attention_max_distance > config.relative_attention_num_buckets / 4, {
    path: ["relative_attention_max_distance"],
    error: "expected more than a quarter of relative_attention_num_buckets",
  });

/** Keys of the file that say nothing about the encoder's results. Reference: transformers, T5Config and PretrainedConfig. */
const PASSED_OVER = new Set(
  (
    "architectures classifier_dropout decoder_start_token_id dense_act_fn dropout_rate dtype eos_token_id initializer_factor " +
    "is_decoder is_encoder_decoder is_gated_act model_type n_positions num_decoder_layers output_past pad_token_id " +
    "scale_decoder_outputs task_specific_params tie_word_embeddings torch_dtype transformers_version use_cache " +
    "add_cross_attention attn_implementation bos_token_id chunk_size_feed_forward cross_attention_hidden_size finetuning_task " +
    "id2label label2id name_or_path output_attentions output_hidden_states prefix problem_type pruned_heads return_dict " +
    "sep_token_id tf_legacy_loss tokenizer_class torchscript use_bfloat16"
  ).split(" "),
);

export type T5Config = Readonly<z.infer<typeof schema>>;

/** Checks the parsed JSON of `file`. Throws `ConfigError` with file and key. */
export function parseT5Config(json: unknown, file: string, onNote?: OnNote): T5Config {
  return parseNetworkConfig(json, file, schema, { passedOver: PASSED_OVER, onNote });
}

/** Reads `config.json`. Throws `ConfigError` with file and key. */
export async function readT5Config(file: string): Promise<T5Config> {
  return parseT5Config(await readJson(file), file);
}
