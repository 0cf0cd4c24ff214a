/** What is known of a model without its weights: dimensions, places of tensors, defaults. From its folder or its outline alike. */
import { describeReading } from "../checkpoint/tensor-location.js";
import { openModelFolder } from "../loading/model-folder.js";
import { auditWeights } from "../components/audit-weights.js";
import { type ModelNetworks, openNetworks, readScheduler, samplerOf } from "../loading/model-components.js";
import { type ModelDefaults, readDefaults } from "../loading/generation-config.js";
import type { SamplerName } from "../scheduler/samplers.js";

export interface ModelOutline extends ModelNetworks {
  /** Absolute path. */
  readonly path: string;
  readonly defaults: ModelDefaults;
  readonly sampler: SamplerName;
  /** What was passed over in the files, or read otherwise than it lies there; each a sentence. */
  readonly notes: readonly string[];
}

/** Throws `CheckpointError` or `ConfigError` for a model that could not be run either. */
export async function readOutline(path: string, variant: string | undefined): Promise<ModelOutline> {
  const folder = await openModelFolder(path);
  const notes = new Set(folder.notes);
  const onNote = (note: string): void => void notes.add(note);
  const networks = await openNetworks(folder, variant, onNote);
  const { refusal } = await readScheduler(folder, onNote);
  const opened = [networks.textEncoder, ...networks.unets.values(), networks.movq];
  auditWeights(opened);
  return {
    path: folder.path,
    defaults: await readDefaults(folder.path, onNote),
    sampler: samplerOf(folder),
    notes: [
      ...new Set([
        ...notes,
        ...(refusal === undefined ? [] : [refusal]),
        ...opened.flatMap(({ source }) => describeReading(source)),
      ]),
    ],
    ...networks,
  };
}
