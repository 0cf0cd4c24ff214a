/** What is known of a model without its weights: dimensions, places of tensors, defaults. From its folder or its outline alike. */
import { describeReading } from "../checkpoint/tensor-location.js";
import { openModelFolder } from "../loading/model-folder.js";
import { auditWeights } from "../components/audit-weights.js";
import { type ModelNetworks, openNetworks, readScheduler, samplerOf } from "../loading/model-components.js";
import { type ModelDefaults, readDefaults } from "../loading/generation-config.js";
import { hasTexts, type PlannedTexts, readTexts, type TextReading } from "./planned-texts.js";
import type { SamplerName } from "../scheduler/samplers.js";

export interface ModelOutline extends ModelNetworks {
  /** Absolute path. */
  readonly path: string;
  readonly defaults: ModelDefaults;
  readonly sampler: SamplerName;
  /** Of the given texts; `undefined` where none is given. */
  readonly texts: TextReading | undefined;
  /** What was passed over in the files or read otherwise than it lies there, and what the texts lose; each a sentence. */
  readonly notes: readonly string[];
}

/** Throws `CheckpointError` or `ConfigError` for a model that could not be run either. */
export async function readOutline(
  path: string,
  variant: string | undefined,
  texts: PlannedTexts = {},
): Promise<ModelOutline> {
  const folder = await openModelFolder(path);
  const notes = new Set(folder.notes);
  const onNote = (note: string): void => void notes.add(note);
  const networks = await openNetworks(folder, variant, onNote);
  const { refusal } = await readScheduler(folder, onNote);
  const opened = [networks.textEncoder, ...networks.unets.values(), networks.movq];
  auditWeights(opened);
  const defaults = await readDefaults(folder.path, onNote);
  opened.flatMap(({ source }) => describeReading(source)).forEach(onNote);
  if (refusal !== undefined) {
    onNote(refusal);
  }
  const reading = hasTexts(texts) ? await readTexts(folder, texts, onNote) : undefined;
  return {
    path: folder.path,
    defaults,
    sampler: samplerOf(folder),
    notes: [...notes],
    texts: reading,
    ...networks,
  };
}
