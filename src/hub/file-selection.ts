/**
 * Which files of a repository to fetch: those that the pipeline reads, in one variant, or those that the user's patterns name.
 * A repository may hold the same weights four times over (fp32, fp16, safetensors, pickles). Patterns follow the Hub's own command
 * line, where `*` crosses folders. Reference: huggingface_hub, utils/_paths.py (filter_repo_objects).
 */
import picomatch from "picomatch";
import {
  COMPONENT_NAMES,
  type ComponentName,
  NETWORK_NAMES,
  NULL_EMBEDDING_FILE,
  SHARED_NAMES,
  UNET_NAMES,
  type NetworkName,
  COMPONENTS,
  isNetworkName,
} from "../components/components.js";
import { quotedList } from "../text/quote.js";
import { partsWithout } from "../checkpoint/part-variants.js";
import { chooseFile } from "../checkpoint/weight-files.js";
import { HubError, UsageError } from "../errors.js";
import type { Listing, RepositoryFile } from "./listing.js";
import { releaseFiles } from "../components/release-files.js";

/** Which files of a repository are meant. */
export interface Selection {
  /** Of the weights; without it the files of no variant, or else of the only one. */
  readonly variant?: string | undefined;
  /** Patterns of what to take instead of the pipeline's files. */
  readonly include?: readonly string[] | undefined;
  /** Patterns of what to leave out. */
  readonly exclude?: readonly string[] | undefined;
}

const INDEX_FILE = "model_index.json";
/** Files beside the parts: the index, the model's own defaults, and the words that it knows. */
const ROOT_FILES = [INDEX_FILE, "generation_config.json", "known_words.json"];

/** Throws `HubError` or `CheckpointError` when the repository lacks what the pipeline needs, `UsageError` when nothing is left. */
export function selectFiles(listing: Listing, { variant, include, exclude }: Selection): readonly RepositoryFile[] {
  const wanted =
    include === undefined || include.length === 0
      ? pipelineFiles(listing, variant)
      : listing.files.filter(({ path }) => matches(path, include));
  const selected = wanted.filter(({ path }) => exclude === undefined || !matches(path, exclude));
  if (selected.length === 0) {
    throw new UsageError(
      `include and exclude leave none of the ${listing.files.length} files of ${listing.repository}`,
      { options: ["include", "exclude"] },
    );
  }
  return selected;
}

function matches(path: string, patterns: readonly string[]): boolean {
  // A folder's name with its slash means all that is in it.
  const expanded = patterns.map((pattern) => (pattern.endsWith("/") ? `${pattern}*` : pattern));
  return picomatch.isMatch(path, expanded, { bash: true, dot: true });
}

function pipelineFiles({ repository, files }: Listing, variant: string | undefined): RepositoryFile[] {
  const paths = files.map(({ path }) => path);
  if (!paths.includes(INDEX_FILE)) {
    const release = releaseFiles(paths);
    if (release !== undefined) {
      return files.filter(({ path }) => release.includes(path));
    }
    throw new HubError(
      `${repository} has neither ${INDEX_FILE} nor weights/kandinsky3.pt, expected a diffusers model such as kandinsky-community/kandinsky-3, or the original release (include takes files of any repository)`,
      { options: ["include"] },
    );
  }
  const holds = (part: string): boolean => paths.some((path) => path.startsWith(`${part}/`));
  const required = [...SHARED_NAMES, ...(UNET_NAMES.some(holds) ? [] : ["unet"])];
  const missing = required.filter((part) => !holds(part));
  if (missing.length > 0) {
    throw new HubError(`${repository} has no folder ${quotedList(missing)}, expected all parts of a Kandinsky 3 model`);
  }
  const wanted = new Set(ROOT_FILES);
  const lacking = partsLacking(paths, variant);
  for (const part of COMPONENT_NAMES) {
    const names = namesOf(part, paths);
    if (names.length > 0) {
      const own = isNetworkName(part) && lacking.has(part) ? undefined : variant;
      const needed = isNetworkName(part) ? networkFiles(`${repository}/${part}`, names, part, own) : names;
      needed.forEach((name) => wanted.add(`${part}/${name}`));
    }
  }
  return files.filter(({ path }) => wanted.has(path));
}

/** The parts that are taken as they are because other parts alone have files of the variant. */
export function partsLacking(paths: readonly string[], variant: string | undefined): ReadonlySet<NetworkName> {
  const parts = NETWORK_NAMES.map((part) => {
    return [part, { names: namesOf(part, paths), base: COMPONENTS[part].network.weightsBase }] as const;
  });
  return partsWithout(variant, new Map(parts.filter(([, { names }]) => names.length > 0)));
}

function namesOf(part: ComponentName, paths: readonly string[]): string[] {
  return paths.filter((path) => path.startsWith(`${part}/`)).map((path) => path.slice(part.length + 1));
}

function networkFiles(
  folder: string,
  names: readonly string[],
  part: NetworkName,
  variant: string | undefined,
): string[] {
  const base = COMPONENTS[part].network.weightsBase;
  const file = chooseFile(folder, names, base, variant);
  const beside = names.filter((name) => name === NULL_EMBEDDING_FILE);
  return ["config.json", file, ...(file.endsWith(".json") ? shardsOf(file, names, base) : []), ...beside];
}

/** Shards by their names: the index that lists them is not here yet. Older writers put the variant last. */
function shardsOf(index: string, names: readonly string[], base: string): string[] {
  const variant =
    /\.index\.([\w-]+)\.json$/.exec(index)?.[1] ??
    /\.([\w-]+)\.safetensors\.index\.json$/.exec(index.slice(base.length))?.[1];
  const [before, after] = variant === undefined ? ["", ""] : [`.${variant}`, `.${variant}`];
  return names.filter((name) => {
    const shard = /-\d+-of-\d+/.exec(name)?.[0];
    return (
      shard !== undefined &&
      (name === `${base}${before}${shard}.safetensors` || name === `${base}${shard}${after}.safetensors`)
    );
  });
}
