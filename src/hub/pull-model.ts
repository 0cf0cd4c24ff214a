/**
 * Brings a model into the Hugging Face cache: lists it at one commit, picks files, checks the disk, fetches several at once, and
 * writes the reference last, so that a revision's name never leads to a model that is not whole.
 */
import { readFile } from "node:fs/promises";
import pLimit from "p-limit";
import { AbortedError, HubError, reasonOf } from "../errors.js";
import { formatSize } from "./byte-size.js";
import { CacheLayout, cachedCommit } from "./cache-layout.js";
import type { HubClient } from "./client.js";
import { freeBytes, onDisk } from "./disk.js";
import { downloadBlob } from "./download-blob.js";
import { FileLock } from "./file-lock.js";
import { type Selection, selectFiles } from "./file-selection.js";
import { cachedListing, fetchListing, type Listing, type RepositoryFile } from "./listing.js";
import { requireRepositoryName, requireRevision } from "./names.js";
import { partialLength, removePartial } from "./partial-file.js";
import { canLink, contentSize, placeBlob, placePartial, writeCacheTag, writeTree, writeWhole } from "./place-file.js";

export const DEFAULT_REVISION = "main";
const DEFAULT_CONCURRENCY = 4;

/** What a running download tells. */
export type PullEvent =
  | {
      readonly type: "start";
      readonly files: number;
      readonly bytes: number;
      /** Bytes that are in the cache already, in whole files and in parts of files. */
      readonly presentBytes: number;
    }
  /** Bytes that came from the Hub. */
  | { readonly type: "fetched"; readonly path: string; readonly bytes: number }
  /** Bytes of an earlier run that were read for their hash. */
  | { readonly type: "checked"; readonly path: string; readonly bytes: number }
  /** Bytes that were wrong and are fetched again. */
  | { readonly type: "discarded"; readonly path: string; readonly bytes: number }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "notice"; readonly message: string };

export interface PullOptions extends Selection {
  /** Branch, tag or commit; `main` when left out. */
  readonly revision?: string | undefined;
  /** Files at a time. */
  readonly concurrency?: number | undefined;
  readonly onEvent?: (event: PullEvent) => void;
}

export interface PulledModel {
  readonly repository: string;
  readonly commit: string;
  /** The snapshot: a model folder. */
  readonly folder: string;
  readonly files: readonly RepositoryFile[];
}

interface Job {
  readonly client: HubClient;
  readonly layout: CacheLayout;
  readonly listing: Listing;
  readonly links: boolean;
  readonly tell: (event: PullEvent) => void;
}

/** Throws `HubError`, `UsageError`, `CheckpointError`, or `AbortedError` by the client's signal; what was fetched is kept. */
export async function pullModel(client: HubClient, name: string, options: PullOptions = {}): Promise<PulledModel> {
  const repository = requireRepositoryName(name);
  const revision = requireRevision(options.revision ?? DEFAULT_REVISION);
  const { cacheFolder, offline, symlinks } = client.environment;
  const layout = new CacheLayout(cacheFolder, repository);
  const tell = options.onEvent ?? (() => undefined);

  const listing = offline ? await offlineListing(layout, revision) : await fetchListing(client, repository, revision);
  const files = selectFiles(listing, options);
  const missing = await filesMissing(layout, listing.commit, files);
  const pulled = { repository, commit: listing.commit, folder: layout.snapshot(listing.commit), files };
  const present = await presentBytes(layout, files, missing);
  tell({ type: "start", files: files.length, bytes: sizeOf(files), presentBytes: present });
  if (missing.length > 0) {
    if (offline) {
      throw new HubError(
        `HF_HUB_OFFLINE is set and ${missing.length} of ${files.length} files of ${repository} are not in ${cacheFolder}, such as ${missing[0]?.path ?? ""}`,
      );
    }
    await checkSpace(layout, sizeOf(files) - present, missing.length);
    const links = symlinks && (await canLink(layout.folder));
    await writeCacheTag(layout);
    await writeTree(layout, listing);
    await fetchAll({ client, layout, listing, links, tell }, missing, options.concurrency ?? DEFAULT_CONCURRENCY);
  }
  await record(layout, revision, listing, missing.length > 0, tell);
  return pulled;
}

/** The files whose content is not where the snapshot has it. */
export async function filesMissing(
  layout: CacheLayout,
  commit: string,
  files: readonly RepositoryFile[],
): Promise<RepositoryFile[]> {
  const missing: RepositoryFile[] = [];
  for (const file of files) {
    if ((await contentSize(layout.file(commit, file.path))) !== file.size) {
      missing.push(file);
    }
  }
  return missing;
}

async function offlineListing(layout: CacheLayout, revision: string): Promise<Listing> {
  const commit = await cachedCommit(layout, revision);
  const listing = commit === undefined ? undefined : await cachedListing(layout, commit);
  if (listing === undefined) {
    throw new HubError(
      `HF_HUB_OFFLINE is set and ${layout.cacheFolder} has no listing of ${layout.repository} at revision ${revision}`,
    );
  }
  return listing;
}

async function presentBytes(
  layout: CacheLayout,
  files: readonly RepositoryFile[],
  missing: readonly RepositoryFile[],
): Promise<number> {
  let bytes = sizeOf(files) - sizeOf(missing);
  for (const { hash, size } of missing) {
    const blob = await contentSize(layout.blob(hash));
    bytes += blob === size ? size : await partialLength(layout.incomplete(hash), size);
  }
  return bytes;
}

async function checkSpace(layout: CacheLayout, needed: number, files: number): Promise<void> {
  const free = await freeBytes(layout.folder);
  if (needed > free) {
    throw new HubError(
      `the disk of ${layout.cacheFolder} has ${formatSize(free)} free, expected ${formatSize(needed)} for the ${files} files of ${layout.repository} that are not there yet (HF_HUB_CACHE names another place)`,
    );
  }
}

/** Small files first; what another process is fetching comes last, when it is likely to be there. */
async function fetchAll(job: Job, missing: readonly RepositoryFile[], concurrency: number): Promise<void> {
  const failed = new AbortController();
  const { signal } = job.client;
  const client = job.client.withSignal(AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]));
  const limit = pLimit(concurrency);
  const busy: RepositoryFile[] = [];
  const fetchOne = async (file: RepositoryFile, wait: boolean): Promise<void> => {
    if (client.signal?.aborted === true) {
      return;
    }
    try {
      if (!(await fetchFile({ ...job, client }, file, wait))) {
        busy.push(file);
      }
    } catch (thrown) {
      failed.abort();
      throw thrown;
    }
  };
  const inOrder = [...missing].sort((a, b) => a.size - b.size);
  await settle(
    inOrder.map((file) => limit(fetchOne, file, false)),
    signal,
  );
  await settle(
    busy.map((file) => limit(fetchOne, file, true)),
    signal,
  );
}

/** Waits for all, so that nothing runs on behind the back of whoever catches the first failure. */
async function settle(work: readonly Promise<void>[], signal: AbortSignal | undefined): Promise<void> {
  const results = await Promise.allSettled(work);
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (signal?.aborted === true) {
    throw new AbortedError("stopped before everything was fetched; the same command goes on from there");
  }
  const [first] = reasons.filter((thrown) => !isAbort(thrown));
  if (first !== undefined) {
    throw first instanceof Error ? first : new HubError(reasonOf(first));
  }
}

/** The others stop because the first one failed; what they say of it is of no interest. */
function isAbort(thrown: unknown): boolean {
  return thrown instanceof AbortedError || (thrown instanceof Error && thrown.name === "AbortError");
}

/** Returns false when another process has the file and `wait` is false. */
async function fetchFile(job: Job, file: RepositoryFile, wait: boolean): Promise<boolean> {
  const { client, layout, listing, links, tell } = job;
  const path = layout.lock(file.hash);
  const onWait = (): void => {
    tell({ type: "notice", message: `another process fetches ${file.path}; waiting for it` });
  };
  const lock = wait ? await FileLock.acquire(path, client.signal, onWait) : await FileLock.tryAcquire(path);
  if (lock === undefined) {
    return false;
  }
  try {
    // Another process may have been here between the listing and the lock.
    if ((await contentSize(layout.file(listing.commit, file.path))) !== file.size) {
      if ((await contentSize(layout.blob(file.hash))) === file.size) {
        await placeBlob(layout, listing.commit, file, links);
        await removePartial(layout.incomplete(file.hash));
      } else {
        const { commit, repository } = listing;
        const count = (type: "fetched" | "checked" | "discarded") => (bytes: number) => {
          tell({ type, path: file.path, bytes });
        };
        await downloadBlob(client, { repository, commit, file }, layout.incomplete(file.hash), {
          onFetched: count("fetched"),
          onChecked: count("checked"),
          onDiscarded: count("discarded"),
          confirm: () => lock.confirm(),
        });
        await lock.confirm();
        await placePartial(layout, commit, file, links);
      }
    }
  } finally {
    await lock.release();
  }
  tell({ type: "file", path: file.path });
  return true;
}

/** Notes what the revision means now. A cache that is whole but cannot be written is used as it is. */
async function record(
  layout: CacheLayout,
  revision: string,
  listing: Listing,
  changed: boolean,
  tell: (event: PullEvent) => void,
): Promise<void> {
  try {
    if ((await contentSize(layout.tree(listing.commit))) === undefined) {
      await writeTree(layout, listing);
    }
    if (revision !== listing.commit && (await currentRef(layout, revision)) !== listing.commit) {
      await writeWhole(layout.ref(revision), listing.commit);
    }
  } catch (thrown) {
    if (changed || !(thrown instanceof HubError)) {
      throw thrown;
    }
    tell({ type: "notice", message: thrown.message });
  }
}

async function currentRef(layout: CacheLayout, revision: string): Promise<string | undefined> {
  const file = layout.ref(revision);
  return (await contentSize(file)) === undefined ? undefined : onDisk(file, () => readFile(file, "utf8"));
}

export function sizeOf(files: readonly RepositoryFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
