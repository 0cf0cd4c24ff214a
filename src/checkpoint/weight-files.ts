/**
 * Which files of a folder hold the weights: the naming rules of diffusers and transformers, with variants (`fp16`, ...) and
 * shards. Where one variant has both a single file and shards, the single file is used, as transformers does; safetensors come
 * before PyTorch's own files (`.bin`).
 * Reference: diffusers' _add_variant and transformers' _get_resolved_checkpoint_files.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError, InternalError, reasonOf } from "../errors.js";
import { article, FileProblem, pathKind } from "../files/local-file.js";
import { capped, quoted, quotedList } from "../text/quote.js";
import { readShardedIndex, SAFETENSORS_SHARDS, type ShardFormat } from "./sharded-index.js";
import type { TensorSource } from "./tensor-location.js";
import { PLAIN_WEIGHTS } from "./quantized/foreign-quantization.js";
import { withoutWrapper } from "./wrapped-keys.js";
import { readTorchWeights } from "./torch/torch-weights.js";

export interface WeightOptions {
  /** The variant to open; it must be there. Without it: the files without a variant, or else the only variant there is. */
  readonly variant?: string | undefined;
  /** Stands for the folder in the names of sources. */
  readonly label?: string | undefined;
}

/** The key of the files that belong to no variant; no variant has an empty name. */
const PLAIN = "";
/** Shards are named like variants (`model.fp16-00001-of-00002.safetensors`), but only an index speaks for them. */
const SHARD = /-\d+-of-\d+$/;

/** A format of weight files: its extension, and what the files are called where safetensors are called `base`. */
interface WeightFormat extends ShardFormat {
  readonly nameOf: (base: string) => string;
}

/** In the order of preference. transformers calls its pickles `pytorch_model`, diffusers calls both formats the same. */
const FORMATS: readonly WeightFormat[] = [
  { ...SAFETENSORS_SHARDS, nameOf: (base) => base },
  {
    extension: "bin",
    read: readTorchWeights,
    nameOf: (base) => (base === "model" ? "pytorch_model" : base),
  },
];

/** The file to open for each variant of `base` (`model`, `diffusion_pytorch_model`) among the names in a folder. */
export function weightFilesByVariant(names: readonly string[], base: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const format of FORMATS) {
    for (const [variant, file] of filesOfFormat(names, format.nameOf(base), format.extension)) {
      files.set(variant, files.get(variant) ?? file);
    }
  }
  return files;
}

function filesOfFormat(names: readonly string[], base: string, extension: string): ReadonlyMap<string, string> {
  const present = new Set(names);
  const variants = new Set<string>();
  const patterns = [
    `^\\.(?:([\\w-]+)\\.)?${extension}$`,
    `^\\.${extension}\\.index\\.(?:([\\w-]+)\\.)?json$`,
    `^\\.(?:([\\w-]+)\\.)?${extension}\\.index\\.json$`,
  ].map((pattern) => new RegExp(pattern));
  for (const name of names) {
    const rest = name.startsWith(`${base}.`) ? name.slice(base.length) : "";
    const match = patterns.map((pattern) => pattern.exec(rest)).find((found) => found !== null);
    const variant = match?.[1] ?? PLAIN;
    if (match !== undefined && !SHARD.test(variant)) {
      variants.add(variant);
    }
  }
  const files = new Map<string, string>();
  for (const variant of [...variants].sort()) {
    const dotted = variant === PLAIN ? "" : `.${variant}`;
    const file = [
      `${base}${dotted}.${extension}`,
      `${base}.${extension}.index${dotted}.json`,
      `${base}${dotted}.${extension}.index.json`, // The spelling of older writers.
    ].find((name) => present.has(name));
    if (file !== undefined) {
      files.set(variant, file);
    }
  }
  return files;
}

/** Opens the weights called `base` in `folder`. Throws `CheckpointError`. */
export async function openWeights(folder: string, base: string, options: WeightOptions = {}): Promise<TensorSource> {
  const names = await namesIn(folder);
  const file = chooseFile(folder, names, base, options.variant);
  const path = join(folder, file);
  const name = join(options.label ?? folder, file);
  const format = FORMATS.find(
    ({ extension }) => file.endsWith(`.${extension}`) || file.includes(`.${extension}.index.`),
  );
  if (format === undefined) {
    throw new InternalError(`${file} is of no known format`);
  }
  const source = await (file.endsWith(".json") ? readShardedIndex(path, name, format) : format.read(path, name));
  return withoutWrapper(source);
}

/** The file among `names` that holds the weights, or the index of their shards. Throws `CheckpointError` naming `folder`. */
export function chooseFile(
  folder: string,
  names: readonly string[],
  base: string,
  variant: string | undefined,
): string {
  const files = weightFilesByVariant(names, base);
  if (files.size === 0) {
    throw new CheckpointError(`${folder} ${describeAbsence(names, base)}`);
  }
  if (variant !== undefined) {
    const chosen = variant === PLAIN ? undefined : files.get(variant);
    if (chosen === undefined) {
      throw new CheckpointError(`${folder} has no variant ${quoted(variant)}, expected one of: ${describe(files)}`);
    }
    return chosen;
  }
  const [first, ...others] = files.values();
  const chosen = files.get(PLAIN) ?? (others.length === 0 ? first : undefined);
  if (chosen === undefined) {
    throw new CheckpointError(
      `${folder} has several variants and none was asked for, expected one of: ${describe(files)}`,
    );
  }
  return chosen;
}

/** `no variant (model.safetensors), "fp16" (model.fp16.safetensors)` */
function describe(files: ReadonlyMap<string, string>): string {
  return capped([...files].map(([variant, file]) => `${variant === PLAIN ? "no variant" : quoted(variant)} (${file})`));
}

/** The extension of llama.cpp's files. */
export const GGUF_EXTENSION = ".gguf";

function describeAbsence(names: readonly string[], base: string): string {
  const plain = FORMATS.map(({ nameOf, extension }) => `${nameOf(base)}.${extension}`).join(" or ");
  const expected = `expected ${plain} or their .index.json`;
  const gguf = names.filter((name) => name.endsWith(GGUF_EXTENSION));
  if (gguf.length > 0) {
    return `holds ${quotedList(gguf)}: GGUF files are not read, ${PLAIN_WEIGHTS}`;
  }
  const torch = torchFiles(names);
  return torch.length > 0
    ? `holds PyTorch files of other names (${quotedList(torch)}), ${expected}`
    : `holds no weights, ${expected}`;
}

/** The names of PyTorch pickles. */
export function torchFiles(names: readonly string[]): string[] {
  return names.filter((name) => /\.(?:bin|pt|pth|ckpt)$/.test(name));
}

/** The names in a folder, in order. Throws `CheckpointError` when it is missing or is none. */
export async function namesIn(folder: string): Promise<string[]> {
  await requireFolder(folder);
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new CheckpointError(`${folder} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

async function requireFolder(folder: string): Promise<void> {
  try {
    const kind = await pathKind(folder);
    if (kind !== "folder") {
      throw new FileProblem(kind === "missing" ? "does not exist" : `is ${article(kind)}, expected a folder`);
    }
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new CheckpointError(`${folder} ${error.message}`, { cause: error });
    }
    throw error;
  }
}
