/** The keys of a T5 encoder's `config.json` that decide its shape. Reference: transformers, T5Config. */
import { z } from "zod";
import { parseConfig, readJson } from "../../files/json-file.js";

const count = z.int().positive();

const schema = z
  .object({
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

export type T5Config = Readonly<z.infer<typeof schema>>;

/** Checks the parsed JSON of `file`. Throws `ConfigError` with file and key. */
export function parseT5Config(json: unknown, file: string): T5Config {
  return parseConfig(json, file, schema);
}

/** Reads `config.json`. Throws `ConfigError` with file and key. */
export async function readT5Config(file: string): Promise<T5Config> {
  return parseT5Config(await readJson(file), file);
}
