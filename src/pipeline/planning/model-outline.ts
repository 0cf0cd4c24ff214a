/** What is known of a model without its weights: dimensions, places of tensors, defaults. From its folder or its outline alike. */
import { join } from "node:path";
import { openModelFolder, openPart, partPath } from "../../checkpoint/model-folder.js";
import { readMovqConfig } from "../../models/movq/config.js";
import { readT5Config } from "../../models/t5/config.js";
import { readUNetConfig } from "../../models/unet/config.js";
import { auditWeights, type WeightedParts } from "../audit-weights.js";
import { readDefaults } from "../model-parts.js";
import type { ModelDefaults } from "../settings.js";

export interface ModelOutline extends WeightedParts {
  readonly defaults: ModelDefaults;
}

/** Throws `CheckpointError` or `ConfigError` for a model that could not be run either. */
export async function readOutline(path: string, variant: string | undefined): Promise<ModelOutline> {
  const folder = await openModelFolder(path);
  const options = variant === undefined ? {} : { variant };
  const config = (part: "text_encoder" | "unet" | "movq"): string => join(partPath(folder, part), "config.json");
  const outline: ModelOutline = {
    defaults: await readDefaults(folder.path),
    textEncoder: {
      config: await readT5Config(config("text_encoder")),
      source: await openPart(folder, "text_encoder", options),
    },
    unet: { config: await readUNetConfig(config("unet")), source: await openPart(folder, "unet", options) },
    movq: { config: await readMovqConfig(config("movq")), source: await openPart(folder, "movq", options) },
  };
  auditWeights(outline);
  return outline;
}
