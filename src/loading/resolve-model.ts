/**
 * What a user means by a model: a folder, a short name, or a name on the Hub whose files are in the cache. Nothing is fetched
 * here: tens of gigabytes do not come without a word.
 */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CheckpointError, UsageError } from "../errors.js";
import { readModelAddress } from "../hub/model-address.js";
import { quoted } from "../text/quote.js";
import { CacheLayout, cachedCommit, MODEL_PREFIX } from "../hub/cache/cache-layout.js";
import { cachedModel } from "../hub/cache/cached-models.js";
import { hubEnvironment, type HubEnvironment } from "../hub/environment.js";
import { filesMissing } from "../hub/download/fetch-files.js";
import { selectFiles } from "../hub/file-selection.js";
import { cachedListing, type Listing } from "../hub/listing.js";
import { isRepositoryName, requireRepositoryName, requireRevision } from "../hub/names.js";
import { DEFAULT_REVISION } from "../hub/pull-model.js";
import { GGUF_EXTENSION } from "../checkpoint/weight-files.js";
import { PLAIN_WEIGHTS } from "../checkpoint/quantized/foreign-quantization.js";
import { BUNDLED_MODEL } from "./bundled-model.js";

/** The name of the bundled model. */
export const BUNDLED_NAME = "nano";

/** Short names of models on the Hub. */
export const MODEL_ALIASES: ReadonlyMap<string, string> = new Map([["kandinsky-3", "kandinsky-community/kandinsky-3"]]);

export interface ResolvedModel {
  /** A model folder. */
  readonly folder: string;
  /** For people: the name on the Hub, or that of the folder. */
  readonly name: string;
}

export interface ResolveOptions {
  /** Branch, tag or commit of a model from the Hub. */
  readonly revision?: string | undefined;
  /** Of the weights; a model that is there in another variant only counts as not fetched. */
  readonly variant?: string | undefined;
  readonly environment?: HubEnvironment;
}

/** A repository that may be on the Hub, and the revision that is named with it. */
export interface RepositoryAddress {
  readonly repository: string;
  readonly revision: string | undefined;
}

/**
 * The repository that a name or a pasted address means, aliases included; `undefined` when it can be none. Throws `UsageError` where
 * `revision` is another one than the address names.
 */
export function addressOf(text: string, revision?: string): RepositoryAddress | undefined {
  const { name, revision: own } = readModelAddress(text);
  const repository = MODEL_ALIASES.get(name) ?? name;
  if (!isRepositoryName(repository)) {
    return undefined;
  }
  if (own !== undefined && revision !== undefined && own !== revision) {
    throw UsageError.of("revision", `got ${quoted(revision)} with ${quoted(text)}, expected one revision`);
  }
  return { repository, revision: revision ?? own };
}

/** As `addressOf`. Throws `UsageError` for what can be no repository. */
export function requireAddress(text: string, revision?: string): RepositoryAddress {
  return addressOf(text, revision) ?? { repository: requireRepositoryName(text), revision };
}

/** The repository alone. */
export function repositoryOf(text: string): string | undefined {
  return addressOf(text)?.repository;
}

/** Throws `CheckpointError`, which says how to fetch what is not there. A folder that exists wins over every name. */
export async function resolveModel(nameOrPath: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const { revision } = options;
  if (
    (nameOrPath === BUNDLED_MODEL || (nameOrPath.trim() === BUNDLED_NAME && revision === undefined)) &&
    !(await exists(nameOrPath))
  ) {
    return bundledModel();
  }
  const path = (await exists(nameOrPath)) ? nameOrPath : nameOrPath.trim();
  if (await isFolder(path)) {
    const inCache = await snapshotOf(path, options);
    const model = inCache === undefined ? await modelAround(path) : undefined;
    if (model !== undefined) {
      throw new CheckpointError(`${path} is a part of a model, expected the model's folder: ${model}`);
    }
    return inCache ?? { folder: path, name: basename(resolve(path)) };
  }
  if (await exists(path)) {
    if (path.endsWith(GGUF_EXTENSION)) {
      throw new CheckpointError(`${path} is a GGUF file, which is not read, ${PLAIN_WEIGHTS}`);
    }
    const model = await modelAround(path);
    const where = model === undefined ? "" : `: ${model}`;
    throw new CheckpointError(`${path} is a file, expected the model's folder${where}`);
  }
  const address = addressOf(nameOrPath, revision);
  if (address === undefined) {
    const names = [BUNDLED_NAME, ...MODEL_ALIASES.keys()].join(", ");
    throw new CheckpointError(
      `${nameOrPath} does not exist, expected a model's folder, a short name (${names}) or a name on the Hub, which this fetches: kandinsky3 pull kandinsky-community/kandinsky-3`,
    );
  }
  const { cacheFolder } = options.environment ?? hubEnvironment();
  return resolveCached(new CacheLayout(cacheFolder, address.repository), { ...options, revision: address.revision });
}

/** Throws `CheckpointError` where the package's folder did not come along. */
async function bundledModel(): Promise<ResolvedModel> {
  if (!(await isFolder(BUNDLED_MODEL))) {
    throw new CheckpointError(
      `the bundled model is missing, expected at ${BUNDLED_MODEL}; a bundler has to leave kandinsky3 out (external), or to copy its whole folder`,
    );
  }
  return { folder: BUNDLED_MODEL, name: BUNDLED_NAME };
}

async function resolveCached(layout: CacheLayout, options: ResolveOptions): Promise<ResolvedModel> {
  const { repository } = layout;
  const revision = requireRevision(options.revision ?? DEFAULT_REVISION);
  const commit = await cachedCommit(layout, revision);
  const folder = commit === undefined ? undefined : layout.snapshot(commit);
  if (commit === undefined || folder === undefined || !(await isFolder(folder))) {
    const begun = (await cachedModel(layout)) !== undefined;
    const state = begun ? "is only in part in" : "is not in";
    throw new CheckpointError(
      `${repository}${atRevision(options)} ${state} the cache ${layout.cacheFolder} and there is no folder of that name; this fetches it: ${pullCommand(repository, options)}`,
    );
  }
  const listing = await cachedListing(layout, commit);
  const missing = listing === undefined ? [] : await missingFiles(layout, listing, options.variant);
  if (missing.length > 0) {
    throw new CheckpointError(
      `${repository}${atRevision(options)} is only in part in the cache ${layout.cacheFolder}, ${missing.length} files are missing, such as ${missing[0] ?? ""}; this fetches them: ${pullCommand(repository, options)}`,
    );
  }
  return { folder, name: repository };
}

/** Files that one variant lacks; where none is named, of the variant that lacks the fewest. */
async function missingFiles(layout: CacheLayout, listing: Listing, variant: string | undefined): Promise<string[]> {
  if (!listing.files.some(({ path }) => path === "model_index.json")) {
    return []; // Another kind of model, which whoever opens it speaks about.
  }
  const candidates = variant === undefined ? variantsOf(listing) : [variant];
  let fewest: string[] | undefined;
  for (const candidate of candidates) {
    const files = selectFiles(listing, { variant: candidate });
    const missing = (await filesMissing(layout, listing.commit, files)).map(({ path }) => path);
    fewest = fewest === undefined || missing.length < fewest.length ? missing : fewest;
  }
  return fewest ?? [];
}

/** Every variant that any part has and all parts may have; `undefined` stands for none. */
function variantsOf(listing: Listing): (string | undefined)[] {
  const named = listing.files.flatMap(({ path }) => /^unet\/\w+\.([\w-]+)\.safetensors$/.exec(path)?.[1] ?? []);
  const plain = listing.files.some(({ path }) => /^unet\/\w+\.safetensors$/.test(path));
  return [...(plain ? [undefined] : []), ...named.filter((name) => !/-\d+-of-\d+$/.test(name))];
}

/** `models--org--name` itself given as a folder: its snapshot. */
async function snapshotOf(path: string, options: ResolveOptions): Promise<ResolvedModel | undefined> {
  const folder = resolve(path);
  const name = basename(folder);
  if (!name.startsWith(MODEL_PREFIX) || !(await isFolder(join(folder, "snapshots")))) {
    return undefined;
  }
  const repository = name.slice(MODEL_PREFIX.length).replace("--", "/");
  return resolveCached(new CacheLayout(dirname(folder), repository), options);
}

function atRevision({ revision }: ResolveOptions): string {
  return revision === undefined ? "" : ` at revision ${revision}`;
}

function pullCommand(repository: string, { revision, variant }: ResolveOptions): string {
  const flags = [
    ...(variant === undefined ? [] : [`--variant ${variant}`]),
    ...(revision === undefined ? [] : [`--revision ${revision}`]),
  ];
  return ["kandinsky3 pull", repository, ...flags].join(" ");
}

/** The folder of a model that a file or a folder in it belongs to; `undefined` where it is none's, or a model itself. */
async function modelAround(path: string): Promise<string | undefined> {
  let folder = resolve(path);
  if (await exists(join(folder, "kandinsky3.pt"))) {
    return undefined; // The folder `weights` of a release, which is a model by itself.
  }
  for (let depth = 0; depth < 4 && dirname(folder) !== folder; depth++) {
    if ((await exists(join(folder, "model_index.json"))) || (await exists(join(folder, "weights", "kandinsky3.pt")))) {
      return depth === 0 ? undefined : folder;
    }
    folder = dirname(folder);
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false; // What cannot be looked at is no model either.
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false; // Whatever it is, it is no folder that could be opened; what it is instead is said by who needs it.
  }
}
