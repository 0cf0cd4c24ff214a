/**
 * Takes a model, or one revision of it, out of the cache. Contents that another revision links to stay. References go first and
 * contents last, so that whatever is left after an interruption is never a link to nothing.
 */
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { HubError } from "../../errors.js";
import { isBlobHash } from "../../files/blob-hash.js";
import { type CacheLayout, LOCK } from "./cache-layout.js";
import { cachedModel, type CachedModel, type CachedRevision, findRevision } from "./cached-models.js";
import { capped } from "../../text/quote.js";
import { codeOf, onDisk } from "../../files/disk.js";
import { isHeld } from "../../files/shared/file-lock.js";

export interface Removal {
  readonly repository: string;
  readonly commits: readonly string[];
  /** Bytes of the disk that are free afterwards. */
  readonly freedBytes: number;
  /** Bytes of the removed revisions that others still need. */
  readonly sharedBytes: number;
}

export interface RemoveOptions {
  /** Only this branch, tag, commit or beginning of one. */
  readonly revision?: string | undefined;
  /** Only say what would be freed. */
  readonly dryRun?: boolean;
}

/** Throws `HubError` when the cache does not have it, or while it is being fetched. */
export async function removeModel(layout: CacheLayout, { revision, dryRun = false }: RemoveOptions): Promise<Removal> {
  const model = await cachedModel(layout);
  if (model === undefined) {
    throw new HubError(`${layout.repository} is not in the cache ${layout.cacheFolder}, so there is nothing to remove`);
  }
  await refuseWhileFetched(layout);
  if (revision === undefined) {
    return removeAll(layout, model, dryRun);
  }
  const found = await findRevision(layout, model, revision);
  if (found === undefined) {
    const known = model.revisions.map(({ commit, refs }) => [commit.slice(0, 12), ...refs].join(" "));
    throw new HubError(
      `${layout.repository} has no single revision ${JSON.stringify(revision)} in the cache, expected one of: ${capped(known)}`,
    );
  }
  return model.revisions.length === 1 ? removeAll(layout, model, dryRun) : removeOne(layout, model, found, dryRun);
}

async function removeAll(layout: CacheLayout, model: CachedModel, dryRun: boolean): Promise<Removal> {
  if (!dryRun) {
    await onDisk(layout.folder, async () => {
      await rm(layout.refs, { recursive: true, force: true });
      await rm(layout.snapshots, { recursive: true, force: true });
      await rm(layout.folder, { recursive: true, force: true });
      await rm(layout.locks, { recursive: true, force: true });
    });
  }
  return {
    repository: model.repository,
    commits: model.revisions.map(({ commit }) => commit),
    freedBytes: model.bytes + model.partialBytes,
    sharedBytes: 0,
  };
}

async function removeOne(
  layout: CacheLayout,
  model: CachedModel,
  revision: CachedRevision,
  dryRun: boolean,
): Promise<Removal> {
  const others = model.revisions.filter(({ commit }) => commit !== revision.commit);
  const needed = new Set(others.flatMap(({ files }) => files.map(({ hash }) => hash)));
  const own = new Set(revision.files.flatMap(({ hash }) => (hash === undefined ? [] : [hash])));
  let freedBytes = revision.files.reduce((sum, { size, hash }) => sum + (hash === undefined ? (size ?? 0) : 0), 0);
  let sharedBytes = 0;
  const unneeded: string[] = [];
  for (const hash of own) {
    const bytes = await blobBytes(layout, hash);
    if (needed.has(hash)) {
      sharedBytes += bytes;
    } else {
      freedBytes += bytes;
      unneeded.push(hash);
    }
  }
  if (!dryRun) {
    await onDisk(layout.folder, async () => {
      for (const ref of revision.refs) {
        await rm(layout.ref(ref), { force: true });
      }
      await rm(revision.folder, { recursive: true, force: true });
      await rm(layout.noExist(revision.commit), { recursive: true, force: true });
      await rm(layout.tree(revision.commit), { force: true });
      for (const hash of unneeded) {
        await rm(layout.blob(hash), { force: true });
      }
    });
  }
  return { repository: model.repository, commits: [revision.commit], freedBytes, sharedBytes };
}

/** Of the blob itself: one that is a link into a store of all models frees next to nothing. */
async function blobBytes(layout: CacheLayout, hash: string): Promise<number> {
  try {
    return (await lstat(layout.blob(hash))).size;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") {
      return 0;
    }
    throw thrown;
  }
}

async function refuseWhileFetched(layout: CacheLayout): Promise<void> {
  const locks = await readdir(layout.locks).catch((): string[] => []); // None were ever taken.
  for (const name of locks.filter((lock) => lock.endsWith(LOCK) && isBlobHash(lock.split(".")[0] ?? ""))) {
    if (await isHeld(join(layout.locks, name))) {
      throw new HubError(`${layout.repository} is being fetched by another process, expected nobody to use it`);
    }
  }
}
