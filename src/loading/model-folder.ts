/**
 * A Kandinsky 3 model as diffusers publishes it: `model_index.json` and one folder for each part. Further U-Nets may lie beside
 * the base one; they are found by their folders. The original release is opened here as well, with the parts that its files are.
 * Reference: diffusers/pipelines/pipeline_utils.py (from_pretrained).
 */
import { join, relative, resolve } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../errors.js";
import { readConfig } from "../files/json-file.js";
import { FileProblem, pathKind } from "../files/local-file.js";
import { quotedList } from "../text/quote.js";
import {
  COMPONENT_NAMES,
  type ComponentName,
  SHARED_NAMES,
  UNET_NAMES,
  type UNetName,
  type NetworkName,
  COMPONENTS,
  NETWORK_NAMES,
} from "../components/components.js";
import { readNullEmbedding } from "./null-embedding.js";
import { openRelease, releasePath } from "./original/release-folder.js";
import { openReleaseMovq, openReleaseNullEmbedding, openReleaseUNet } from "./original/release-weights.js";
import type { TensorLocation, TensorSource } from "../checkpoint/tensor-location.js";
import { type PartFiles, partsWithout } from "../checkpoint/part-variants.js";
import { namesIn, openWeights, type WeightOptions } from "../checkpoint/weight-files.js";
import type { ModelFolder } from "./layout.js";

/** The file that makes a folder a model of diffusers. */
export const INDEX_FILE = "model_index.json";

const componentSchema = z.tuple([z.string(), z.string()]);
const indexSchema = z.strictObject({
  _class_name: z
    .string()
    .regex(/^Kandinsky3\w*Pipeline$/, "expected a Kandinsky 3 pipeline such as Kandinsky3Pipeline"),
  tokenizer: componentSchema,
  text_encoder: componentSchema,
  unet: componentSchema.optional(),
  movq: componentSchema,
  scheduler: componentSchema,
});

/** They are found by their folders, whatever the index says of them. */
const FURTHER_UNETS: ReadonlySet<string> = new Set(UNET_NAMES);

/**
 * Opens a model folder of either layout; parts in `dispensable` may be missing. Throws `CheckpointError` when it or a part is
 * missing, `ConfigError` when it is another model.
 */
export async function openModelFolder(path: string, dispensable: readonly ComponentName[] = []): Promise<ModelFolder> {
  const names = await namesIn(path);
  if (names.includes(INDEX_FILE)) {
    return openDiffusersFolder(path, names, dispensable);
  }
  const release = await openRelease(path);
  if (release === undefined) {
    throw new CheckpointError(
      `${path} has no ${INDEX_FILE}, expected a model folder with ${INDEX_FILE}, or the original release with weights/kandinsky3.pt`,
    );
  }
  return release;
}

async function openDiffusersFolder(
  path: string,
  names: readonly string[],
  dispensable: readonly ComponentName[],
): Promise<ModelFolder> {
  const notes: string[] = [];
  const index = await readConfig(join(path, INDEX_FILE), indexSchema, {
    passedOver: FURTHER_UNETS,
    onNote: (note) => notes.push(note),
  });
  const components = new Set<ComponentName>();
  for (const part of COMPONENT_NAMES) {
    if (names.includes(part) && (await isFolder(path, part))) {
      components.add(part);
    }
  }
  const missing = missingParts(components).filter((part) => !dispensable.includes(part));
  if (missing.length > 0) {
    throw new CheckpointError(
      `${path}: ${INDEX_FILE} is that of a ${index._class_name}, but there is no folder for ${quotedList(missing)}`,
    );
  }
  const root = resolve(path);
  return { path: root, layout: "diffusers", root, className: index._class_name, components, notes };
}

/** What a model cannot do without. */
export function missingParts(components: ReadonlySet<ComponentName>): ComponentName[] {
  // A model for inpainting alone has no base U-Net.
  const denoises = UNET_NAMES.some((part) => components.has(part));
  const required: readonly ComponentName[] = [...SHARED_NAMES, ...(denoises ? [] : (["unet"] as const))];
  return COMPONENT_NAMES.filter((part) => required.includes(part) && !components.has(part));
}

/** Path of a part's folder, or of its file in the original layout. Throws `CheckpointError` when the model lacks it. */
export function componentPath(folder: ModelFolder, part: ComponentName): string {
  if (!folder.components.has(part)) {
    throw new CheckpointError(
      `${folder.path} (${folder.className}) has no part "${part}", it has ${quotedList([...folder.components])}`,
    );
  }
  return folder.layout === "original" ? releasePath(folder, part) : join(folder.root, part);
}

/**
 * Opens the weights of a part, under diffusers' names in either layout. Sources are called by their path inside the model folder.
 * Throws `CheckpointError`.
 */
export async function openWeightsOf(
  folder: ModelFolder,
  part: NetworkName,
  options: Pick<WeightOptions, "variant"> = {},
): Promise<TensorSource> {
  const path = componentPath(folder, part);
  const label = relative(folder.path, path);
  if (folder.layout === "original" && part !== "text_encoder") {
    return part === "movq" ? openReleaseMovq(folder) : openReleaseUNet(folder, part);
  }
  const { weightsBase } = COMPONENTS[part].network;
  const { variant } = options;
  if (variant === undefined || !(await lacksVariant(folder, part, variant))) {
    return openWeights(path, weightsBase, { variant, label });
  }
  return { ...(await openWeights(path, weightsBase, { label })), lackedVariant: variant };
}

/** True when other parts of the model have files of the variant, and this one has none. */
async function lacksVariant(folder: ModelFolder, part: NetworkName, variant: string): Promise<boolean> {
  const parts = new Map<NetworkName, PartFiles>();
  for (const name of NETWORK_NAMES) {
    if (folder.components.has(name) && (folder.layout === "diffusers" || name === "text_encoder")) {
      const names = await namesIn(componentPath(folder, name));
      parts.set(name, { names, base: COMPONENTS[name].network.weightsBase });
    }
  }
  return partsWithout(variant, parts).has(part);
}

/**
 * The embedding that the original learned for "no prompt", `[cross_attention_dim]`, which diffusers has no place for. A folder of
 * diffusers' layout holds it in a file of its own, or not at all: then it is undefined. Throws `CheckpointError`.
 */
export async function openNullEmbedding(folder: ModelFolder, part: UNetName): Promise<TensorLocation | undefined> {
  return folder.layout === "original"
    ? openReleaseNullEmbedding(folder, part)
    : readNullEmbedding(componentPath(folder, part), part);
}

async function isFolder(path: string, part: ComponentName): Promise<boolean> {
  try {
    return (await pathKind(join(path, part))) === "folder";
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new CheckpointError(`${join(path, part)} ${error.message}`, { cause: error });
    }
    throw error;
  }
}
