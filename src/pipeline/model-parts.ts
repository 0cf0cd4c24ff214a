/** A model folder opened for use: its configurations checked, its weights found, nothing loaded. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readConfig } from "../checkpoint/json-file.js";
import { type ModelFolder, openModelFolder, openPart, partPath } from "../checkpoint/model-folder.js";
import { ConfigError, GraphError } from "../errors.js";
import { readPartConfig } from "../checkpoint/part-config.js";
import { type MovqConfig, parseMovqConfig } from "../models/movq/config.js";
import { parseT5Config, type T5Config } from "../models/t5/config.js";
import { parseUNetConfig, type UNetConfig } from "../models/unet/config.js";
import { parseSchedulerConfig } from "../scheduler/config.js";
import { DdpmScheduler } from "../scheduler/ddpm.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer.js";
import { auditWeights, type WeightedPart } from "./audit-weights.js";
import { type ModelDefaults, REFERENCE_DEFAULTS } from "./settings.js";

export interface ModelParts {
  readonly folder: ModelFolder;
  readonly defaults: ModelDefaults;
  readonly tokenizer: Tokenizer;
  readonly textEncoder: WeightedPart<T5Config>;
  readonly unet: WeightedPart<UNetConfig>;
  readonly movq: WeightedPart<MovqConfig>;
  readonly scheduler: Scheduler;
}

const defaultsSchema = z.object({
  height: z.int().positive().default(REFERENCE_DEFAULTS.height),
  width: z.int().positive().default(REFERENCE_DEFAULTS.width),
  num_inference_steps: z.int().positive().default(REFERENCE_DEFAULTS.numInferenceSteps),
  guidance_scale: z.number().min(0).default(REFERENCE_DEFAULTS.guidanceScale),
});

/** Opens all parts as they are stored. Throws `CheckpointError` or `ConfigError` naming file and key. */
export async function openModelParts(path: string, variant: string | undefined): Promise<ModelParts> {
  const folder = await openModelFolder(path);
  const options = variant === undefined ? {} : { variant };
  const [text, unet, movq, schedule] = [
    await readPartConfig(folder, "text_encoder"),
    await readPartConfig(folder, "unet"),
    await readPartConfig(folder, "movq"),
    await readPartConfig(folder, "scheduler"),
  ];
  const parts: ModelParts = {
    folder,
    defaults: await readDefaults(folder.path),
    tokenizer: await loadTokenizer(partPath(folder, "tokenizer")),
    textEncoder: {
      config: parseT5Config(text.json, text.file),
      source: await openPart(folder, "text_encoder", options),
    },
    unet: { config: parseUNetConfig(unet.json, unet.file), source: await openPart(folder, "unet", options) },
    movq: { config: parseMovqConfig(movq.json, movq.file), source: await openPart(folder, "movq", options) },
    scheduler: new DdpmScheduler(parseSchedulerConfig(schedule.json, schedule.file)),
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
    return REFERENCE_DEFAULTS;
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
function checkFit({ folder, textEncoder, unet, movq, tokenizer }: ModelParts): void {
  const expect = (what: string, found: number, expected: number): void => {
    if (found !== expected) {
      throw new ConfigError(`${folder.path}: ${what} is ${found}, expected ${expected}`);
    }
  };
  expect("unet encoder_hid_dim", unet.config.encoder_hid_dim, textEncoder.config.d_model);
  expect("unet in_channels", unet.config.in_channels, movq.config.vq_embed_dim);
  expect("unet out_channels", unet.config.out_channels, movq.config.vq_embed_dim);
  if (tokenizer.vocabSize > textEncoder.config.vocab_size) {
    throw new ConfigError(
      `${folder.path}: the tokenizer has ${tokenizer.vocabSize} ids, more than text_encoder vocab_size ${textEncoder.config.vocab_size}`,
    );
  }
}
