/**
 * Writes a model as a diffusers folder with safetensors: the original release under diffusers' names, or a folder of shards and
 * PyTorch files as whole ones. Tensors keep their types,
 * or are rounded to fewer bits. Every network is audited first, so that what is written runs.
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isJsonObject } from "../files/strict-json.js";
import { openModelFolder, openNullEmbedding, openWeightsOf } from "../loading/model-folder.js";
import { type NetworkName, NULL_EMBEDDING_FILE, UNET_NAMES, type UNetName } from "../components/components.js";
import { makeFolder } from "../files/new-folder.js";
import { NULL_EMBEDDING_KEY } from "../loading/null-embedding.js";
import { type ComponentConfig, readComponentConfig, tokenizerFiles } from "../loading/component-config.js";
import { byteCount, storedContent, writeSafetensors, zeros } from "../checkpoint/safetensors/safetensors-writer.js";
import { AbortedError } from "../errors.js";
import { auditWeights } from "../components/audit-weights.js";
import { DEFAULTS_FILE } from "../loading/generation-config.js";
import { parsePrecision } from "../components/precision.js";
import { type Rounding, roundingHere, type WeightContent } from "../engine/quantization/quantization.js";
import type { ModelFolder } from "../loading/layout.js";
import type { Network, OpenedNetwork } from "../components/network.js";
import { TEXT_ENCODER } from "../components/text-encoder.js";
import { MOVQ } from "../components/movq.js";
import { UNET } from "../components/unet.js";
import type { MovqConfig } from "../models/movq/config.js";

export interface ConvertOptions {
  /** Which files to read, as `fp16` in `model.fp16.safetensors`. */
  readonly variant?: string | undefined;
  /** What weights are stored in, as of `Kandinsky3.fromPretrained`; they keep their types when it is left out. */
  readonly dtype?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ConvertProgress) => void) | undefined;
}

export interface ConvertProgress {
  /** The file being written, by its path inside the folder. */
  readonly file: string;
  readonly writtenBytes: number;
  readonly totalBytes: number;
}

export interface ConvertResult {
  /** Paths inside the folder. */
  readonly files: readonly string[];
  /** Bytes of all tensors. */
  readonly tensorBytes: number;
}

/** Rows of the codebook that diffusers' VQModel has to have: as many as the published one's. Nothing looks them up. */
const CODEBOOK_ROWS = 16384;
/** T5's files may hold its decoder, and the embedding a second time. */
const NOT_ENCODER = /^(?:decoder\.|lm_head\.)/;
const EMBEDDING_TWICE = "encoder.embed_tokens.weight";

/** A file to be written, by its path inside the folder. */
type Content = { readonly json: unknown } | { readonly copyOf: string } | WeightContent;
type Plan = ReadonlyMap<string, Content>;

/**
 * Converts the model in `path` to the new folder `out`. Throws `CheckpointError` or `ConfigError` when the model does not fit
 * together or `out` cannot be written, `AbortedError` after the signal; then nothing is left behind.
 */
export async function convertModel(path: string, out: string, options: ConvertOptions = {}): Promise<ConvertResult> {
  const precision = options.dtype === undefined ? undefined : parsePrecision(options.dtype);
  const plan = await planConversion(await openModelFolder(path), options.variant, await roundingHere(precision));
  const tensorBytes = [...plan.values()].reduce((sum, content) => sum + tensorBytesOf(content), 0);
  let writtenBytes = 0;
  await makeFolder(out, tensorBytes, async (folder) => {
    for (const [file, content] of plan) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeContent(join(folder, file), content, (bytes) => {
        if (options.signal?.aborted === true) {
          throw new AbortedError(`stopped before ${out} was written`);
        }
        writtenBytes += bytes;
        options.onProgress?.({ file, writtenBytes, totalBytes: tensorBytes });
      });
    }
  });
  return { files: [...plan.keys()], tensorBytes };
}

async function planConversion(folder: ModelFolder, variant: string | undefined, rounding: Rounding): Promise<Plan> {
  const plan = new Map<string, Content>();
  const unets = UNET_NAMES.filter((part) => folder.components.has(part));
  plan.set("model_index.json", { json: modelIndex(folder, unets) });
  const defaults = join(folder.path, DEFAULTS_FILE);
  if (existsSync(defaults)) {
    plan.set(DEFAULTS_FILE, { copyOf: defaults });
  }
  for (const file of await tokenizerFiles(folder)) {
    plan.set(join("tokenizer", basename(file)), { copyOf: join(folder.path, file) });
  }
  plan.set("scheduler/scheduler_config.json", configContent(await readComponentConfig(folder, "scheduler")));

  const text = await openConfigured(folder, "text_encoder", TEXT_ENCODER, variant);
  const movq = await openConfigured(folder, "movq", MOVQ, variant);
  plan.set("text_encoder/config.json", configContent(text));
  plan.set("text_encoder/model.safetensors", encoderTensors(rounding(text)));
  const codec = withCodebook(movq, rounding(movq));
  plan.set("movq/config.json", codec.config);
  plan.set("movq/diffusion_pytorch_model.safetensors", codec.content);
  const audited: OpenedNetwork[] = [text];
  for (const name of unets) {
    const unet = await openConfigured(folder, name, UNET, variant);
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
  auditWeights([...audited, movq]);
  return plan;
}

interface Configured<Config> extends ComponentConfig, OpenedNetwork<Config> {}

async function openConfigured<Config>(
  folder: ModelFolder,
  name: NetworkName,
  network: Network<Config>,
  variant: string | undefined,
): Promise<Configured<Config>> {
  const read = await readComponentConfig(folder, name);
  const source = await openWeightsOf(folder, name, { variant });
  return { ...read, network, config: network.parseConfig(read.json, read.file), source };
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

/** Files are copied as they are: written anew, their `1.0` would become `1`, which some readers refuse. */
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

function tensorBytesOf(content: Content): number {
  return "tensors" in content ? [...content.tensors.values()].reduce((sum, tensor) => sum + byteCount(tensor), 0) : 0;
}

async function writeContent(file: string, content: Content, onBytes: (bytes: number) => void): Promise<void> {
  onBytes(0);
  if ("json" in content) {
    await writeFile(file, `${JSON.stringify(content.json, null, 2)}\n`, { flag: "wx" });
  } else if ("copyOf" in content) {
    await copyFile(content.copyOf, file);
  } else {
    await writeSafetensors(file, content.tensors, { metadata: content.metadata, onBytes });
  }
}
