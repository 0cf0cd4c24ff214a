/**
 * What killed downloads leave in the cache and no later one takes up: temporary files, locks whose owner is dead, and parts of contents that
 * are whole by now or that no listing names any more. Everything else belongs to somebody, Python's tools included, and stays.
 */
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ageOf } from "../../files/disk.js";
import { FileLock, removeIfAbandoned } from "../../files/shared/file-lock.js";
import { removeLeftBehind } from "../../files/shared/process-mark.js";
import { HubError } from "../../errors.js";
import { cachedListing, type Listing } from "../listing.js";
import { isCommit } from "../names.js";
import { type CacheLayout, INCOMPLETE, LOCK } from "./cache-layout.js";
import { contentSize } from "./place-file.js";

/** Parts are left for this long: a listing may be on its way, and other tools keep listings and locks where we do not see them. */
const QUIET_MS = 24 * 3_600_000;

/** `listing` is what is about to be fetched. A cache that cannot be written keeps what it has. */
export async function removeRemains(layout: CacheLayout, listing: Listing): Promise<void> {
  await Promise.all((await foldersOf(layout)).map(removeLeftBehind));
  for (const name of (await namesIn(layout.locks)).filter((lock) => lock.endsWith(LOCK))) {
    await removeIfAbandoned(join(layout.locks, name)).catch(() => undefined);
  }
  const parts = (await namesIn(layout.blobs)).filter((name) => name.endsWith(INCOMPLETE));
  const named = parts.length === 0 ? new Set() : await namedContents(layout, listing);
  for (const part of parts) {
    const hash = part.slice(0, -INCOMPLETE.length);
    const isWhole = (await contentSize(layout.blob(hash))) !== undefined;
    if ((isWhole || !named.has(hash)) && ((await ageOf(layout.blob(part))) ?? 0) > QUIET_MS) {
      await removePart(layout, hash).catch(() => undefined);
    }
  }
}

async function removePart(layout: CacheLayout, hash: string): Promise<void> {
  const lock = await FileLock.tryAcquire(layout.lock(hash));
  try {
    if (lock !== undefined) {
      await rm(layout.incomplete(hash), { force: true });
    }
  } finally {
    await lock?.release();
  }
}

/** Every folder in which a download makes files under other names first. */
async function foldersOf(layout: CacheLayout): Promise<string[]> {
  const inside = await Promise.all(
    [layout.refs, layout.snapshots].map(async (top) => {
      const entries = await readdir(top, { withFileTypes: true, recursive: true }).catch(() => []);
      const folders = entries
        .filter((entry) => entry.isDirectory())
        .map(({ parentPath, name }) => join(parentPath, name));
      return [top, ...folders];
    }),
  );
  return [layout.cacheFolder, layout.folder, dirname(layout.tree("")), layout.locks, ...inside.flat()];
}

/** The hashes of all contents that some commit is known to have. */
async function namedContents(layout: CacheLayout, listing: Listing): Promise<ReadonlySet<string>> {
  const named = new Set(listing.files.map(({ hash }) => hash));
  for (const name of await namesIn(dirname(layout.tree("")))) {
    const commit = name.replace(/\.json$/, "");
    if (isCommit(commit)) {
      (await listingOf(layout, commit))?.files.forEach(({ hash }) => named.add(hash));
    }
  }
  return named;
}

/** A listing that cannot be read names nothing: a download of its commit begins with a new one. */
async function listingOf(layout: CacheLayout, commit: string): Promise<Listing | undefined> {
  try {
    return await cachedListing(layout, commit);
  } catch (thrown) {
    if (thrown instanceof HubError) {
      return undefined;
    }
    throw thrown;
  }
}

/** None where there is no such folder, or none that can be read. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((): string[] => []);
}
