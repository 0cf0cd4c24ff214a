/** What the Hugging Face cache on this machine holds. Reference: huggingface_hub, utils/_cache_manager.py. */
import type { Dirent } from "node:fs";
import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { isBlobHash } from "../../files/blob-hash.js";
import { CacheLayout, cachedCommit, MODEL_PREFIX } from "./cache-layout.js";
import { readJson } from "../../files/json-file.js";
import { codeOf, onDisk } from "../../files/disk.js";
import { isCommit, isRepositoryName } from "../names.js";

export interface CachedFile {
  /** Inside the repository, with slashes. */
  readonly path: string;
  /** Of the content; `undefined` where a link leads to nothing. */
  readonly size: number | undefined;
  /** The hash that the link names; `undefined` for a plain file. */
  readonly hash: string | undefined;
}

export interface CachedRevision {
  readonly commit: string;
  /** Branches and tags that mean this commit; none while it is being fetched. */
  readonly refs: readonly string[];
  readonly folder: string;
  readonly files: readonly CachedFile[];
  readonly bytes: number;
  /** The pipeline class that its `model_index.json` names. */
  readonly className: string | undefined;
}

export interface CachedModel {
  readonly repository: string;
  readonly folder: string;
  readonly revisions: readonly CachedRevision[];
  /** On the disk, contents that several revisions share counted once. */
  readonly bytes: number;
  /** Of downloads that are not finished. */
  readonly partialBytes: number;
}

/** All models of a cache, by name. A cache that does not exist holds none. */
export async function cachedModels(cacheFolder: string): Promise<CachedModel[]> {
  const models: CachedModel[] = [];
  for (const { name } of await entriesOf(cacheFolder)) {
    const repository = name.slice(MODEL_PREFIX.length).replace("--", "/");
    if (name.startsWith(MODEL_PREFIX) && isRepositoryName(repository)) {
      const model = await cachedModel(new CacheLayout(cacheFolder, repository));
      models.push(...(model === undefined ? [] : [model]));
    }
  }
  return models.sort((a, b) => (a.repository < b.repository ? -1 : 1));
}

/** Whether the model is one of ours, or may become one: what has just been begun has no index yet and must not be hidden. */
export function holdsKandinsky({ revisions, partialBytes }: CachedModel): boolean {
  const known = revisions.flatMap(({ className }) => className ?? []);
  return known.length === 0 ? partialBytes > 0 : known.some((name) => name.startsWith("Kandinsky3"));
}

/** One model; `undefined` when the cache has nothing of it. */
export async function cachedModel(layout: CacheLayout): Promise<CachedModel | undefined> {
  const commits = (await entriesOf(layout.snapshots)).map(({ name }) => name).filter(isCommit);
  const blobs = await entriesOf(layout.blobs);
  if (commits.length === 0 && blobs.length === 0) {
    return undefined;
  }
  const refs = await refsOf(layout);
  const revisions: CachedRevision[] = [];
  let plainBytes = 0;
  for (const commit of commits) {
    const folder = layout.snapshot(commit);
    const files = await filesOf(folder);
    const named = [...refs].filter(([, meant]) => meant === commit).map(([ref]) => ref);
    const bytes = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
    plainBytes += files.reduce((sum, { size, hash }) => sum + (hash === undefined ? (size ?? 0) : 0), 0);
    revisions.push({ commit, refs: named, folder, files, bytes, className: await classNameOf(folder) });
  }
  let [blobBytes, partialBytes] = [0, 0];
  for (const { name } of blobs) {
    const { size } = await onDisk(layout.blobs, () => lstat(layout.blob(name)), "read");
    if (isBlobHash(name)) {
      blobBytes += size;
    } else {
      partialBytes += size;
    }
  }
  const { repository, folder } = layout;
  return { repository, folder, revisions, bytes: plainBytes + blobBytes, partialBytes };
}

/** The revision that a branch, a tag, a commit or the beginning of one means; `undefined` for none or several. */
export async function findRevision(
  layout: CacheLayout,
  model: CachedModel,
  revision: string,
): Promise<CachedRevision | undefined> {
  const commit = await cachedCommit(layout, revision);
  const [found, ...others] = model.revisions.filter((candidate) =>
    commit === undefined ? candidate.commit.startsWith(revision) : candidate.commit === commit,
  );
  return others.length === 0 ? found : undefined;
}

async function filesOf(folder: string): Promise<CachedFile[]> {
  const entries = await onDisk(folder, () => readdir(folder, { withFileTypes: true, recursive: true }), "read");
  const files: CachedFile[] = [];
  for (const entry of entries.filter((found) => !found.isDirectory())) {
    const place = join(entry.parentPath, entry.name);
    const name = entry.isSymbolicLink() ? basename(await readlink(place)) : "";
    const path = relative(folder, place).split(sep).join("/");
    files.push({ path, size: await sizeBehind(place), hash: isBlobHash(name) ? name : undefined });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function sizeBehind(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ELOOP") {
      return undefined;
    }
    throw thrown;
  }
}

/** Commits by the branches and tags that mean them. */
async function refsOf(layout: CacheLayout): Promise<ReadonlyMap<string, string>> {
  const refs = new Map<string, string>();
  for (const entry of await entriesOf(layout.refs, true)) {
    if (entry.isFile() && !entry.name.endsWith(".tmp")) {
      const name = relative(layout.refs, join(entry.parentPath, entry.name)).split(sep).join("/");
      const commit = await cachedCommit(layout, name);
      if (commit !== undefined) {
        refs.set(name, commit);
      }
    }
  }
  return refs;
}

/** A foreign or damaged index makes a model that is none of ours, and no error: the cache belongs to all tools. */
async function classNameOf(folder: string): Promise<string | undefined> {
  try {
    const index = await readJson(join(folder, "model_index.json"));
    const name = typeof index === "object" && index !== null && "_class_name" in index ? index._class_name : undefined;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

async function entriesOf(folder: string, recursive = false): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true, recursive });
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") {
      return [];
    }
    return onDisk(folder, () => Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown))), "read");
  }
}
