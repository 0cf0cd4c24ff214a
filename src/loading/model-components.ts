/** A model folder opened for use: its configurations checked, its weights found, nothing loaded. */
import { openModelFolder, openNullEmbedding, openPart, partPath } from "./model-folder.js";
import { type ModelFolder, UNET_PARTS, type UNetPart } from "../components/components.js";
import { readPartConfig } from "./component-config.js";
import { readFloats } from "../checkpoint/read-floats.js";
import { CheckpointError, ConfigError, GraphError } from "../errors.js";
import { type MovqConfig, parseMovqConfig } from "../models/movq/config.js";
import { parseT5Config, type T5Config } from "../models/t5/config.js";
import { parseUNetConfig, type UNetConfig } from "../models/unet/config.js";
import { parseSchedulerConfig, type SchedulerConfig } from "../scheduler/config.js";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer.js";
import { auditWeights, type WeightedPart, type WeightedParts } from "../components/audit-weights.js";
import { type ModelDefaults, readDefaults } from "./generation-config.js";
import type { SamplerName } from "../scheduler/samplers.js";
import { rememberedEncoder, storedEncoder, type TextEncoder } from "./text-encoder.js";
import type { UNetModel } from "./unet-model.js";

export interface ModelParts {
  readonly folder: ModelFolder;
  readonly defaults: ModelDefaults;
  readonly tokenizer: Tokenizer;
  readonly textEncoder: TextEncoder;
  readonly unets: ReadonlyMap<UNetPart, UNetModel>;
  readonly movq: WeightedPart<MovqConfig>;
  /** Of the `ddpm` sampler. */
  readonly scheduler: SchedulerConfig;
  /** The one that is used without being told. */
  readonly sampler: SamplerName;
}

/**
 * Opens all parts as they are stored; a text encoder that is gone may be remembered in `caches`, the folder of embedded prompts.
 * Throws `CheckpointError` or `ConfigError` naming file and key.
 */
export async function openModelParts(path: string, variant: string | undefined, caches?: string): Promise<ModelParts> {
  const folder = await openModelFolder(path, caches === undefined ? [] : ["text_encoder"]);
  const schedule = await readPartConfig(folder, "scheduler");
  const { movq, unets } = await openPictureParts(folder, variant);
  const textEncoder = await openTextEncoder(folder, variant, caches);
  const parts: ModelParts = {
    folder,
    defaults: await readDefaults(folder.path),
    tokenizer: await loadTokenizer(partPath(folder, "tokenizer")),
    textEncoder,
    unets: await withNullEmbeddings(folder, unets),
    movq,
    scheduler: parseSchedulerConfig(schedule.json, schedule.file),
    sampler: samplerOf(folder),
  };
  checkFit(parts);
  try {
    const { weights } = textEncoder;
    auditWeights({ textEncoder: weights instanceof CheckpointError ? undefined : weights, unets, movq });
  } catch (error) {
    if (error instanceof GraphError) {
      throw new ConfigError(`${folder.path}: a config.json asks for an impossible network: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
  return parts;
}

/** The parts that have weights, as far as their headers tell. Throws `CheckpointError` or `ConfigError`. */
export async function openWeightedParts(folder: ModelFolder, variant: string | undefined): Promise<WeightedParts> {
  return {
    textEncoder: await openTextWeights(folder, variant),
    ...(await openPictureParts(folder, variant)),
  };
}

async function openTextWeights(folder: ModelFolder, variant: string | undefined): Promise<WeightedPart<T5Config>> {
  const { json, file } = await readPartConfig(folder, "text_encoder");
  return { config: parseT5Config(json, file), source: await openPart(folder, "text_encoder", { variant }) };
}

async function openTextEncoder(
  folder: ModelFolder,
  variant: string | undefined,
  caches: string | undefined,
): Promise<TextEncoder> {
  try {
    return storedEncoder(await openTextWeights(folder, variant));
  } catch (error) {
    if (caches !== undefined && error instanceof CheckpointError) {
      return await rememberedEncoder(caches, { path: folder.path, variant }, error);
    }
    throw error;
  }
}

async function openPictureParts(
  folder: ModelFolder,
  variant: string | undefined,
): Promise<Omit<WeightedParts, "textEncoder">> {
  const options = { variant };
  const movq = await readPartConfig(folder, "movq");
  const unets = new Map<UNetPart, WeightedPart<UNetConfig>>();
  for (const name of UNET_PARTS) {
    if (folder.parts.has(name)) {
      const { json, file } = await readPartConfig(folder, name);
      unets.set(name, { config: parseUNetConfig(json, file), source: await openPart(folder, name, options) });
    }
  }
  return {
    unets,
    movq: { config: parseMovqConfig(movq.json, movq.file), source: await openPart(folder, "movq", options) },
  };
}

/** The sampler of the repository that the folder's layout belongs to. */
export function samplerOf({ layout }: ModelFolder): SamplerName {
  return layout === "original" ? "original" : "ddpm";
}

async function withNullEmbeddings(
  folder: ModelFolder,
  unets: WeightedParts["unets"],
): Promise<ReadonlyMap<UNetPart, UNetModel>> {
  const models = new Map<UNetPart, UNetModel>();
  for (const [name, part] of unets) {
    const stored = await openNullEmbedding(folder, name);
    models.set(name, { ...part, nullEmbedding: stored === undefined ? undefined : await readFloats(stored) });
  }
  return models;
}

/** The parts of a folder must speak of the same widths. */
function checkFit({ folder, textEncoder, unets, movq, tokenizer }: ModelParts): void {
  const expect = (what: string, found: number, expected: number): void => {
    if (found !== expected) {
      throw new ConfigError(`${folder.path}: ${what} is ${found}, expected ${expected}`);
    }
  };
  const latents = movq.config.vq_embed_dim;
  for (const [name, { config, nullEmbedding }] of unets) {
    // The latents, one channel for the mask, and the latents of the masked picture.
    const channels = name === "unet_inpainting" ? 2 * latents + 1 : latents;
    expect(`${name} encoder_hid_dim`, config.encoder_hid_dim, textEncoder.width);
    expect(`${name} in_channels`, config.in_channels, channels);
    expect(`${name} out_channels`, config.out_channels, latents);
    const [width = config.cross_attention_dim] = nullEmbedding?.shape ?? [];
    expect(`${name} null_embedding`, width, config.cross_attention_dim);
  }
  if (tokenizer.vocabSize > textEncoder.vocabSize) {
    throw new ConfigError(
      `${folder.path}: the tokenizer has ${tokenizer.vocabSize} ids, more than text_encoder vocab_size ${textEncoder.vocabSize}`,
    );
  }
}
