/**
 * What a converted model consists of: for each file of a diffusers folder whether it is copied, written as JSON, or put together
 * from tensors. Every network is audited first, so that what is written runs.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { OnNote } from "../files/json-file.js";
import { eachOnce } from "../text/each-once.js";
import { isJsonObject } from "../files/strict-json.js";
import { openNullEmbedding, openWeightsOf } from "../loading/model-folder.js";
import { type NetworkName, NULL_EMBEDDING_FILE, UNET_NAMES, type UNetName } from "../components/components.js";
import { NULL_EMBEDDING_KEY } from "../loading/null-embedding.js";
import {
  type ComponentConfig,
  readComponentConfig,
  SCHEDULER_FILE,
  tokenizerFiles,
} from "../loading/component-config.js";
import { storedContent, zeros } from "../checkpoint/safetensors/safetensors-writer.js";
import { describeReading } from "../checkpoint/tensor-location.js";
import { auditWeights } from "../components/audit-weights.js";
import { WORDS_FILE } from "../loading/known-words.js";
import { DEFAULTS_FILE } from "../loading/generation-config.js";
import { type Quantization, type WeightContent } from "../engine/quantization/quantization.js";
import type { ModelFolder } from "../loading/layout.js";
import type { Network, OpenedNetwork } from "../components/network.js";
import { TEXT_ENCODER } from "../components/text-encoder.js";
import { MOVQ } from "../components/movq.js";
import { UNET } from "../components/unet.js";
import type { MovqConfig } from "../models/movq/config.js";

/** Rows of the codebook that diffusers' VQModel has to have: as many as the published one's. Nothing looks them up. */
const CODEBOOK_ROWS = 16384;
/** T5's files may hold its decoder, and the embedding a second time. */
const NOT_ENCODER = /^(?:decoder\.|lm_head\.)/;
const EMBEDDING_TWICE = "encoder.embed_tokens.weight";

/** A file to be written, by its path inside the folder. */
export type Content = { readonly json: unknown } | { readonly copyOf: string } | WeightContent;
export type ConversionPlan = ReadonlyMap<string, Content>;

/** Throws `CheckpointError` or `ConfigError` when the model does not fit together. */
export async function planConversion(
  folder: ModelFolder,
  variant: string | undefined,
  rounding: Quantization,
  tell?: OnNote,
): Promise<ConversionPlan> {
  const plan = new Map<string, Content>();
  const onNote = eachOnce(tell);
  folder.notes.forEach(onNote);
  const unets = UNET_NAMES.filter((part) => folder.components.has(part));
  plan.set("model_index.json", { json: modelIndex(folder, unets) });
  for (const name of [DEFAULTS_FILE, WORDS_FILE]) {
    const file = join(folder.path, name);
    if (existsSync(file)) {
      plan.set(name, { copyOf: file });
    }
  }
  for (const file of await tokenizerFiles(folder)) {
    plan.set(join("tokenizer", basename(file)), { copyOf: join(folder.path, file) });
  }
  plan.set(SCHEDULER_FILE, configContent(await readComponentConfig(folder, "scheduler", onNote)));

  const text = await openConfigured(folder, "text_encoder", TEXT_ENCODER, { variant, onNote });
  const movq = await openConfigured(folder, "movq", MOVQ, { variant, onNote });
  plan.set("text_encoder/config.json", configContent(text));
  plan.set("text_encoder/model.safetensors", encoderTensors(rounding(text)));
  const codec = withCodebook(movq, rounding(movq));
  plan.set("movq/config.json", codec.config);
  plan.set("movq/diffusion_pytorch_model.safetensors", codec.content);
  const audited: OpenedNetwork[] = [text];
  for (const name of unets) {
    const unet = await openConfigured(folder, name, UNET, { variant, onNote });
    audited.push(unet);
    plan.set(`${name}/config.json`, configContent(unet));
    plan.set(`${name}/diffusion_pytorch_model.safetensors`, rounding(unet));
    const embedding = await openNullEmbedding(folder, name);
    if (embedding !== undefined) {
      plan.set(`${name}/${NULL_EMBEDDING_FILE}`, {
        tensors: new Map([[NULL_EMBEDDING_KEY, storedContent(embedding)]]),
      });
    }
  }
  audited.push(movq);
  auditWeights(audited);
  audited.flatMap(({ source }) => describeReading(source)).forEach(onNote);
  return plan;
}

interface Configured<Config> extends ComponentConfig, OpenedNetwork<Config> {}

async function openConfigured<Config>(
  folder: ModelFolder,
  name: NetworkName,
  network: Network<Config>,
  { variant, onNote }: { readonly variant: string | undefined; readonly onNote: OnNote },
): Promise<Configured<Config>> {
  const read = await readComponentConfig(folder, name, onNote);
  const source = await openWeightsOf(folder, name, { variant });
  return { ...read, network, config: network.parseConfig(read.json, read.file, onNote), source };
}

function modelIndex(folder: ModelFolder, unets: readonly UNetName[]): object {
  return {
    _class_name: folder.layout === "original" ? "Kandinsky3Pipeline" : folder.className,
    movq: ["diffusers", "VQModel"],
    scheduler: ["diffusers", "DDPMScheduler"],
    text_encoder: ["transformers", "T5EncoderModel"],
    tokenizer: ["transformers", "T5Tokenizer"],
    ...(unets.includes("unet") ? { unet: ["diffusers", "Kandinsky3UNet"] } : {}),
  };
}

function encoderTensors({ tensors, metadata }: WeightContent): WeightContent {
  const twice = tensors.has("shared.weight");
  const needed = [...tensors].filter(([key]) => !NOT_ENCODER.test(key) && !(twice && key === EMBEDDING_TWICE));
  return { tensors: new Map(needed), metadata };
}

/** Files are copied as they are: written again, their `1.0` would become `1`, which some readers refuse. */
function configContent({ json, file, isFile }: ComponentConfig): Content {
  return isFile ? { copyOf: file } : { json };
}

/** diffusers does not open a MoVQ without a codebook, so one of zeros is added where there is none. */
function withCodebook(
  movq: Configured<MovqConfig>,
  content: WeightContent,
): { readonly config: Content; readonly content: WeightContent } {
  const { num_vq_embeddings: rows, vq_embed_dim: width } = movq.config;
  if (rows !== null || !isJsonObject(movq.json)) {
    return { config: configContent(movq), content };
  }
  const { tensors, metadata } = content;
  const dtype = tensors.get("quant_conv.weight")?.dtype ?? "float32";
  const codebook = ["quantize.embedding.weight", zeros(dtype, [CODEBOOK_ROWS, width])] as const;
  return {
    config: { json: { ...movq.json, num_vq_embeddings: CODEBOOK_ROWS } },
    content: { tensors: new Map([...tensors, codebook]), metadata },
  };
}
