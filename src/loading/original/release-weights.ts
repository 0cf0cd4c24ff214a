/**
 * The networks of an original release as sources under diffusers' names. A U-Net's file is `{"unet": ..., "null_embedding": ...}`,
 * its projection lies beside the text encoder, or inside as `projections` in the first release; MoVQ's file is a bare dictionary.
 * Reference: ai-forever/Kandinsky-3, kandinsky3/__init__.py (get_T2I_unet, get_inpainting_unet, get_movq).
 */
import { join, relative } from "node:path";
import { CheckpointError, InternalError } from "../../errors.js";
import { COMPONENTS, type UNetName } from "../../components/components.js";
import { asVector, NULL_EMBEDDING_KEY } from "../null-embedding.js";
import { quoted, quotedList } from "../../text/quote.js";
import type { TensorLocation, TensorSource } from "../../checkpoint/tensor-location.js";
import { locateTensors } from "../../checkpoint/torch/locate-tensors.js";
import { explain, readTorchFile, type TorchFile } from "../../checkpoint/torch/torch-file.js";
import { asMap, describeKind, TorchProblem, TorchTensor, type TorchValue } from "../../checkpoint/torch/torch-value.js";
import { readTorchWeights, stateDictionary } from "../../checkpoint/torch/torch-weights.js";
import { MOVQ_MATRICES, movqKeys, PROJECTION_KEYS, UNET_KEYS } from "./key-map.js";
import type { KeyRules } from "./key-rules.js";
import { readReleaseDimensions } from "./release-config.js";
import { releasePath } from "./release-folder.js";
import type { ModelFolder } from "../layout.js";

const PROJECTION = ["0.weight", "1.weight", "1.bias"] as const;
/** In the first release's U-Net file: one projection for each text encoder, of which there is one. */
const PROJECTIONS_KEY = "projections";
const PROJECTION_PREFIX = "t5.";

/** Opens a U-Net together with its projection. Throws `CheckpointError`. */
export async function openReleaseUNet(folder: ModelFolder, part: UNetName): Promise<TensorSource> {
  const { torch, unet, projections } = await readUNetFile(folder, part);
  const projection =
    projections === undefined
      ? await readProjection(folder, part)
      : { name: torch.name, prefix: PROJECTION_PREFIX, tensors: await locateTensors(torch, projections) };
  requireProjection(projection.tensors, projection.prefix, projection.name);
  const tensors = translated(await locateTensors(torch, unet), UNET_KEYS);
  for (const key of PROJECTION) {
    const location = projection.tensors.get(projection.prefix + key);
    const name = PROJECTION_KEYS.forth(key);
    if (location !== undefined && name !== undefined) {
      tensors.set(name, location);
    }
  }
  const names = [...new Set([torch.name, projection.name])];
  return {
    name: names.join(" with "),
    tensors,
    nameInFile: (key) => UNET_KEYS.back(key) ?? PROJECTION_KEYS.back(key),
  };
}

/** Opens MoVQ. Throws `CheckpointError`. */
export async function openReleaseMovq(folder: ModelFolder): Promise<TensorSource> {
  const path = releasePath(folder, "movq");
  const { movq } = await readReleaseDimensions(folder);
  const keys = movqKeys(movq.ch_mult.length);
  const source = await readTorchWeights(path, relative(folder.path, path));
  const tensors = translated(source.tensors, keys);
  for (const [key, location] of tensors) {
    if (MOVQ_MATRICES.test(key)) {
      tensors.set(key, { ...location, shape: matrixShape(location) });
    }
  }
  return { name: source.name, tensors, nameInFile: (key) => keys.back(key) };
}

/** The learned embedding of "no prompt", `[D]`. Throws `CheckpointError`. */
export async function openReleaseNullEmbedding(folder: ModelFolder, part: UNetName): Promise<TensorLocation> {
  const { torch, nullEmbedding } = await readUNetFile(folder, part);
  const located = await locateTensors(torch, new Map([[NULL_EMBEDDING_KEY, nullEmbedding]]));
  const location = located.get(NULL_EMBEDDING_KEY);
  if (location === undefined) {
    throw new InternalError(`${torch.name} lost its ${NULL_EMBEDDING_KEY}`);
  }
  return asVector(location, torch.name);
}

interface UNetFile {
  readonly torch: TorchFile;
  readonly unet: ReadonlyMap<string, TorchTensor>;
  readonly nullEmbedding: TorchTensor;
  readonly projections: ReadonlyMap<string, TorchTensor> | undefined;
}

async function readUNetFile(folder: ModelFolder, part: UNetName): Promise<UNetFile> {
  const path = releasePath(folder, part);
  const name = relative(folder.path, path);
  const torch = await readTorchFile(path, name);
  return explain(name, () => Promise.resolve({ torch, ...entriesOf(torch.root) }));
}

function entriesOf(root: TorchValue): Omit<UNetFile, "torch"> {
  const entries = asMap(root);
  if (entries === undefined) {
    throw new TorchProblem(`the file is ${describeKind(root)}, expected a dictionary with "unet" and "null_embedding"`);
  }
  const nullEmbedding = entries.get(NULL_EMBEDDING_KEY);
  if (!(nullEmbedding instanceof TorchTensor)) {
    throw new TorchProblem(`${quoted(NULL_EMBEDDING_KEY)} is ${describeKind(nullEmbedding)}, expected a tensor`);
  }
  const projections = entries.get(PROJECTIONS_KEY);
  return {
    unet: stateDictionary(entries.get("unet"), '"unet"'),
    nullEmbedding,
    projections: projections === undefined ? undefined : stateDictionary(projections, quoted(PROJECTIONS_KEY)),
  };
}

interface Projection {
  readonly name: string;
  readonly prefix: string;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
}

async function readProjection(folder: ModelFolder, part: UNetName): Promise<Projection> {
  const path = join(releasePath(folder, "text_encoder"), COMPONENTS[part].releaseProjection);
  const { name, tensors } = await readTorchWeights(path, relative(folder.path, path));
  return { name, prefix: "", tensors };
}

/** Checked here, where the file is known that the keys come from. */
function requireProjection(tensors: ReadonlyMap<string, TensorLocation>, prefix: string, name: string): void {
  const expected = PROJECTION.map((key) => prefix + key);
  const missing = expected.filter((key) => !tensors.has(key));
  const unknown = [...tensors.keys()].filter((key) => !expected.includes(key));
  if (missing.length > 0 || unknown.length > 0) {
    const problems = [
      ...(missing.length > 0 ? [`the projection lacks ${quotedList(missing)}`] : []),
      ...(unknown.length > 0 ? [`the projection holds ${quotedList(unknown)}, which it does not have`] : []),
    ];
    throw new CheckpointError(`${name}: ${problems.join("; ")}`);
  }
}

/** What no rule knows keeps its name, so that an audit reports it as not used. */
function translated(tensors: ReadonlyMap<string, TensorLocation>, rules: KeyRules): Map<string, TensorLocation> {
  return new Map([...tensors].map(([key, location]) => [rules.forth(key) ?? key, location]));
}

/** `[out, in, 1, 1]` as `[out, in]`; another shape stays as it is, for the audit to report. */
function matrixShape({ shape }: TensorLocation): readonly number[] {
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
}
