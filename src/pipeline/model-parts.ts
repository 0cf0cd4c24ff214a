/** A model folder opened for use: its configurations checked, its weights found, nothing loaded. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readConfig, readJson } from "../checkpoint/json-file.js";
import {
  type ModelFolder,
  openModelFolder,
  openPart,
  partPath,
  type WeightedPart as WeightedPartName,
} from "../checkpoint/model-folder.js";
import { ConfigError, GraphError } from "../errors.js";
import { type MovqConfig, readMovqConfig } from "../models/movq/config.js";
import { readT5Config, type T5Config } from "../models/t5/config.js";
import { readUNetConfig } from "../models/unet/config.js";
import { parseSchedulerConfig, type SchedulerConfig } from "../scheduler/config.js";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer.js";
import { auditWeights, type WeightedPart } from "./audit-weights.js";
import type { ModelDefaults } from "./resolve-settings.js";
import type { SamplerName } from "./sampler.js";
import { UNET_NAMES, type UNetName, type UNetPart } from "./unet-part.js";

export interface ModelParts {
  readonly folder: ModelFolder;
  readonly defaults: ModelDefaults;
  readonly tokenizer: Tokenizer;
  readonly textEncoder: WeightedPart<T5Config>;
  readonly unets: ReadonlyMap<UNetName, UNetPart>;
  readonly movq: WeightedPart<MovqConfig>;
  /** Of the `ddpm` sampler. */
  readonly scheduler: SchedulerConfig;
  /** The sampler of the repository that the folder's layout belongs to. */
  readonly sampler: SamplerName;
}

const defaultsSchema = z.object({
  height: z.int().positive().optional(),
  width: z.int().positive().optional(),
  num_inference_steps: z.int().positive().optional(),
  guidance_scale: z.number().min(0).optional(),
});

/** Opens all parts. Throws `CheckpointError` or `ConfigError` naming file and key. */
export async function openModelParts(path: string, variant: string | undefined): Promise<ModelParts> {
  const folder = await openModelFolder(path);
  const options = variant === undefined ? {} : { variant };
  const schedulerFile = join(partPath(folder, "scheduler"), "scheduler_config.json");
  const config = (part: WeightedPartName): string => join(partPath(folder, part), "config.json");
  const unets = new Map<UNetName, UNetPart>();
  for (const name of UNET_NAMES) {
    if (folder.parts.has(name)) {
      const unet = await readUNetConfig(config(name));
      unets.set(name, { config: unet, source: await openPart(folder, name, options), nullEmbedding: undefined });
    }
  }
  const parts: ModelParts = {
    folder,
    defaults: await readDefaults(folder.path),
    tokenizer: await loadTokenizer(partPath(folder, "tokenizer")),
    textEncoder: {
      config: await readT5Config(config("text_encoder")),
      source: await openPart(folder, "text_encoder", options),
    },
    unets,
    movq: { config: await readMovqConfig(config("movq")), source: await openPart(folder, "movq", options) },
    scheduler: parseSchedulerConfig(await readJson(schedulerFile), schedulerFile),
    sampler: "ddpm",
  };
  checkFit(parts);
  try {
    auditWeights(parts);
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

async function readDefaults(folder: string): Promise<ModelDefaults> {
  const file = join(folder, "generation_config.json");
  if (!existsSync(file)) {
    return {};
  }
  const read = await readConfig(file, defaultsSchema);
  return {
    height: read.height,
    width: read.width,
    numInferenceSteps: read.num_inference_steps,
    guidanceScale: read.guidance_scale,
  };
}

/** The parts of a folder must speak of the same widths. */
function checkFit({ folder, textEncoder, unets, movq, tokenizer }: ModelParts): void {
  const expect = (what: string, found: number, expected: number): void => {
    if (found !== expected) {
      throw new ConfigError(`${folder.path}: ${what} is ${found}, expected ${expected}`);
    }
  };
  const latents = movq.config.vq_embed_dim;
  for (const [name, { config }] of unets) {
    // The latents, one channel for the mask, and the latents of the masked picture.
    const channels = name === "unet_inpainting" ? 2 * latents + 1 : latents;
    expect(`${name} encoder_hid_dim`, config.encoder_hid_dim, textEncoder.config.d_model);
    expect(`${name} in_channels`, config.in_channels, channels);
    expect(`${name} out_channels`, config.out_channels, latents);
  }
  if (tokenizer.vocabSize > textEncoder.config.vocab_size) {
    throw new ConfigError(
      `${folder.path}: the tokenizer has ${tokenizer.vocabSize} ids, more than text_encoder vocab_size ${textEncoder.config.vocab_size}`,
    );
  }
}
