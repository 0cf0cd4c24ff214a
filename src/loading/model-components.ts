/** A model folder opened for use: its configurations checked, its weights found, nothing loaded. */
import { openModelFolder, openNullEmbedding, openWeightsOf, componentPath } from "./model-folder.js";
import { type NetworkName, UNET_NAMES, type UNetName } from "../components/components.js";
import { readComponentConfig } from "./component-config.js";
import type { OnNote } from "../files/json-file.js";
import { readFloats } from "../checkpoint/read-floats.js";
import { CheckpointError, ConfigError, GraphError } from "../errors.js";
import { type MovqConfig } from "../models/movq/config.js";
import { type T5Config } from "../models/t5/config.js";
import { type UNetConfig } from "../models/unet/config.js";
import { parseStoredScheduler, type StoredScheduler } from "../scheduler/config.js";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer.js";
import { auditWeights } from "../components/audit-weights.js";
import { readKnownWords } from "./known-words.js";
import { type ModelDefaults, readDefaults } from "./generation-config.js";
import type { SamplerName } from "../scheduler/samplers.js";
import { rememberedEncoder, storedEncoder, type TextEncoder } from "./text-encoder.js";
import type { UNetModel } from "./unet-model.js";
import type { ModelFolder } from "./layout.js";
import type { Network, OpenedNetwork } from "../components/network.js";
import { TEXT_ENCODER } from "../components/text-encoder.js";
import { MOVQ } from "../components/movq.js";
import { UNET } from "../components/unet.js";

export interface ModelComponents {
  readonly folder: ModelFolder;
  readonly defaults: ModelDefaults;
  /** What it was trained on, where that is a list. */
  readonly knownWords: ReadonlySet<string> | undefined;
  readonly tokenizer: Tokenizer;
  readonly textEncoder: TextEncoder;
  readonly unets: ReadonlyMap<UNetName, UNetModel>;
  readonly movq: OpenedNetwork<MovqConfig>;
  /** Of the `ddpm` sampler. */
  readonly scheduler: StoredScheduler;
  /** The one that is used without being told. */
  readonly sampler: SamplerName;
  /** What of its configurations is passed over; each a sentence. */
  readonly notes: readonly string[];
}

/**
 * Opens all components as they are stored; a text encoder that is gone may be remembered in `caches`, the folder of embedded prompts.
 * Throws `CheckpointError` or `ConfigError` naming file and key.
 */
export async function openModelComponents(
  path: string,
  variant: string | undefined,
  caches?: string,
): Promise<ModelComponents> {
  const folder = await openModelFolder(path, caches === undefined ? [] : ["text_encoder"]);
  const notes = new Set(folder.notes);
  const onNote = (note: string): void => void notes.add(note);
  const { movq, unets } = await openImageNetworks(folder, variant, onNote);
  const textEncoder = await openTextEncoder(folder, variant, caches, onNote);
  const components: ModelComponents = {
    folder,
    defaults: await readDefaults(folder.path, onNote),
    knownWords: await readKnownWords(folder.path, onNote),
    tokenizer: await loadTokenizer(componentPath(folder, "tokenizer"), onNote),
    textEncoder,
    unets: await withNullEmbeddings(folder, unets),
    movq,
    scheduler: await readScheduler(folder, onNote),
    sampler: samplerOf(folder),
    notes: [...notes],
  };
  checkFit(components);
  const { weights } = textEncoder;
  audit(folder.path, [...(weights instanceof CheckpointError ? [] : [weights]), ...unets.values(), movq]);
  return components;
}

/** Throws `ConfigError` for settings that no sampler could use. */
export async function readScheduler(folder: ModelFolder, onNote?: OnNote): Promise<StoredScheduler> {
  const { json, file } = await readComponentConfig(folder, "scheduler", onNote);
  return parseStoredScheduler(json, file, onNote);
}

/** The networks of a model, as far as their headers tell. */
export interface ModelNetworks {
  readonly textEncoder: OpenedNetwork<T5Config>;
  /** Every U-Net of the model. */
  readonly unets: ReadonlyMap<UNetName, OpenedNetwork<UNetConfig>>;
  readonly movq: OpenedNetwork<MovqConfig>;
}

/** Opens what has weights. Throws `CheckpointError` or `ConfigError`. */
export async function openNetworks(
  folder: ModelFolder,
  variant: string | undefined,
  onNote?: OnNote,
): Promise<ModelNetworks> {
  return {
    textEncoder: await openNetwork(folder, "text_encoder", TEXT_ENCODER, { variant, onNote }),
    ...(await openImageNetworks(folder, variant, onNote)),
  };
}

/** Throws `ConfigError` for a configuration that cannot be built, `CheckpointError` for tensors that do not fit it. */
function audit(path: string, networks: Iterable<OpenedNetwork>): void {
  try {
    auditWeights(networks);
  } catch (error) {
    if (error instanceof GraphError) {
      throw new ConfigError(`${path}: a config.json asks for an impossible network: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function openTextEncoder(
  folder: ModelFolder,
  variant: string | undefined,
  caches: string | undefined,
  onNote: OnNote,
): Promise<TextEncoder> {
  try {
    return storedEncoder(await openNetwork(folder, "text_encoder", TEXT_ENCODER, { variant, onNote }));
  } catch (error) {
    if (caches !== undefined && error instanceof CheckpointError) {
      return await rememberedEncoder(caches, { path: folder.path, variant }, error);
    }
    throw error;
  }
}

async function openImageNetworks(
  folder: ModelFolder,
  variant: string | undefined,
  onNote: OnNote | undefined,
): Promise<Omit<ModelNetworks, "textEncoder">> {
  const movq = await openNetwork(folder, "movq", MOVQ, { variant, onNote });
  const unets = new Map<UNetName, OpenedNetwork<UNetConfig>>();
  for (const name of UNET_NAMES) {
    if (folder.components.has(name)) {
      unets.set(name, await openNetwork(folder, name, UNET, { variant, onNote }));
    }
  }
  return { unets, movq };
}

async function openNetwork<Config>(
  folder: ModelFolder,
  name: NetworkName,
  network: Network<Config>,
  { variant, onNote }: { readonly variant: string | undefined; readonly onNote: OnNote | undefined },
): Promise<OpenedNetwork<Config>> {
  const { json, file } = await readComponentConfig(folder, name, onNote);
  return {
    network,
    config: network.parseConfig(json, file, onNote),
    source: await openWeightsOf(folder, name, { variant }),
  };
}

/** The sampler of the repository that the folder's layout belongs to. */
export function samplerOf({ layout }: ModelFolder): SamplerName {
  return layout === "original" ? "original" : "ddpm";
}

async function withNullEmbeddings(
  folder: ModelFolder,
  unets: ModelNetworks["unets"],
): Promise<ReadonlyMap<UNetName, UNetModel>> {
  const models = new Map<UNetName, UNetModel>();
  for (const [name, unet] of unets) {
    const stored = await openNullEmbedding(folder, name);
    models.set(name, { ...unet, nullEmbedding: stored === undefined ? undefined : await readFloats(stored) });
  }
  return models;
}

/** The components of a folder must speak of the same widths. */
function checkFit({ folder, textEncoder, unets, movq, tokenizer }: ModelComponents): void {
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
