/**
 * A Kandinsky 3 model as diffusers publishes it: `model_index.json` and one folder for each part. Further U-Nets may lie beside
 * the base one; they are found by their folders. Reference: diffusers/pipelines/pipeline_utils.py (from_pretrained).
 */
import { join, resolve } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../errors.js";
import { readConfig } from "./json-file.js";
import { FileProblem, pathKind } from "./local-file.js";
import { quotedList } from "./quote.js";
import type { TensorSource } from "./tensor-location.js";
import { namesIn, openWeights, torchFiles, type WeightOptions } from "./weight-files.js";

/** The parts that every model has. */
export const REQUIRED_PARTS = ["tokenizer", "text_encoder", "unet", "movq", "scheduler"] as const;
/** Further U-Nets that share the other parts. */
export const OPTIONAL_PARTS = ["unet_inpainting", "unet_flash"] as const;

export type ModelPart = (typeof REQUIRED_PARTS)[number] | (typeof OPTIONAL_PARTS)[number];

/** Base names of the weight files: transformers' for its own models, diffusers' for the rest. */
export const WEIGHTS_BASE = {
  text_encoder: "model",
  unet: "diffusion_pytorch_model",
  unet_inpainting: "diffusion_pytorch_model",
  unet_flash: "diffusion_pytorch_model",
  movq: "diffusion_pytorch_model",
} as const satisfies Partial<Record<ModelPart, string>>;

/** The parts that have weights. */
export type WeightedPart = keyof typeof WEIGHTS_BASE;

export interface ModelFolder {
  /** Absolute path, symlinks left as they are. */
  readonly path: string;
  /** The pipeline class that `model_index.json` names. */
  readonly className: string;
  readonly parts: ReadonlySet<ModelPart>;
}

const INDEX_FILE = "model_index.json";

const componentSchema = z.tuple([z.string(), z.string()]);
const indexSchema = z.looseObject({
  _class_name: z
    .string()
    .regex(/^Kandinsky3\w*Pipeline$/, "expected a Kandinsky 3 pipeline such as Kandinsky3Pipeline"),
  tokenizer: componentSchema,
  text_encoder: componentSchema,
  unet: componentSchema,
  movq: componentSchema,
  scheduler: componentSchema,
});

/** Opens a model folder. Throws `CheckpointError` when it or a part is missing, `ConfigError` when it is another model. */
export async function openModelFolder(path: string): Promise<ModelFolder> {
  const names = await namesIn(path);
  if (!names.includes(INDEX_FILE)) {
    throw new CheckpointError(`${path} ${describeAbsence(names)}, expected a model folder with ${INDEX_FILE}`);
  }
  const index = await readConfig(join(path, INDEX_FILE), indexSchema);
  const missing: string[] = [];
  const parts = new Set<ModelPart>();
  for (const part of [...REQUIRED_PARTS, ...OPTIONAL_PARTS]) {
    if (names.includes(part) && (await isFolder(path, part))) {
      parts.add(part);
    } else if (isRequired(part)) {
      missing.push(part);
    }
  }
  if (missing.length > 0) {
    throw new CheckpointError(
      `${path}: ${INDEX_FILE} is that of a ${index._class_name}, but there is no folder for ${quotedList(missing)}`,
    );
  }
  return { path: resolve(path), className: index._class_name, parts };
}

/** Path of a part's folder. Throws `CheckpointError` when the model lacks it. */
export function partPath(folder: ModelFolder, part: ModelPart): string {
  if (!folder.parts.has(part)) {
    throw new CheckpointError(
      `${folder.path} (${folder.className}) has no part "${part}", it has ${quotedList([...folder.parts])}`,
    );
  }
  return join(folder.path, part);
}

/** Opens the weights of a part. Sources are called by their path inside the model folder. Throws `CheckpointError`. */
export async function openPart(
  folder: ModelFolder,
  part: WeightedPart,
  options: Pick<WeightOptions, "variant"> = {},
): Promise<TensorSource> {
  return openWeights(partPath(folder, part), WEIGHTS_BASE[part], { variant: options.variant, label: part });
}

function isRequired(part: ModelPart): boolean {
  return REQUIRED_PARTS.some((required) => required === part);
}

async function isFolder(path: string, part: ModelPart): Promise<boolean> {
  try {
    return (await pathKind(join(path, part))) === "folder";
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new CheckpointError(`${join(path, part)} ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function describeAbsence(names: readonly string[]): string {
  const torch = torchFiles(names);
  return torch.length > 0
    ? `holds PyTorch files (${quotedList(torch)}), which are not read yet`
    : `has no ${INDEX_FILE}`;
}
