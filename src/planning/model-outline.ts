/** What is known of a model without its weights: dimensions, places of tensors, defaults. From its folder or its outline alike. */
import { openModelFolder } from "../loading/model-folder.js";
import { auditWeights } from "../components/audit-weights.js";
import { type ModelNetworks, openNetworks, samplerOf } from "../loading/model-components.js";
import { type ModelDefaults, readDefaults } from "../loading/generation-config.js";
import type { SamplerName } from "../scheduler/samplers.js";

export interface ModelOutline extends ModelNetworks {
  /** Absolute path. */
  readonly path: string;
  readonly defaults: ModelDefaults;
  readonly sampler: SamplerName;
}

/** Throws `CheckpointError` or `ConfigError` for a model that could not be run either. */
export async function readOutline(path: string, variant: string | undefined): Promise<ModelOutline> {
  const folder = await openModelFolder(path);
  const outline: ModelOutline = {
    path: folder.path,
    defaults: await readDefaults(folder.path),
    sampler: samplerOf(folder),
    ...(await openNetworks(folder, variant)),
  };
  auditWeights([outline.textEncoder, ...outline.unets.values(), outline.movq]);
  return outline;
}
