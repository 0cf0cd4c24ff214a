/**
 * Fetches the missing files of a snapshot: several at once, each under a lock of its own, into blobs and links. The first failure
 * stops the others; what has come is kept for the next run.
 */
import pLimit from "p-limit";
import { AbortedError, HubError, reasonOf } from "../../errors.js";
import { formatSize } from "../../text/byte-size.js";
import type { CacheLayout } from "../cache/cache-layout.js";
import type { HubClient } from "./client.js";
import { freeBytes } from "../../files/disk.js";
import { downloadBlob } from "./download-blob.js";
import { FileLock } from "../../files/shared/file-lock.js";
import { findContent } from "../cache/find-content.js";
import type { Listing, RepositoryFile } from "../listing.js";
import { partialLength, removePartial } from "./partial-file.js";
import {
  canLink,
  contentSize,
  placeBlob,
  placeCopy,
  placePartial,
  writeCacheTag,
  writeTree,
} from "../cache/place-file.js";

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

export interface FetchJob {
  readonly client: HubClient;
  readonly layout: CacheLayout;
  readonly listing: Listing;
  readonly tell: (event: PullEvent) => void;
  /** Files at a time. */
  readonly concurrency?: number | undefined;
}

interface Job extends FetchJob {
  readonly links: boolean;
}

/**
 * Brings `missing` into the snapshot of the listing's commit. Throws `HubError` for what stays wrong and for a disk that is too
 * small, `AbortedError` by the client's signal.
 */
export async function fetchFiles(job: FetchJob, missing: readonly RepositoryFile[]): Promise<void> {
  const { client, layout, listing } = job;
  const needed = sizeOf(missing) - (await presentBytes(layout, missing));
  await checkSpace(layout, needed, missing.length);
  const links = client.environment.symlinks && (await canLink(layout.folder));
  await writeCacheTag(layout);
  await writeTree(layout, listing);
  await fetchAll({ ...job, links }, missing);
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

/** Bytes of missing files that are in the cache all the same: in blobs that no link leads to yet, and in parts. */
export async function presentBytes(layout: CacheLayout, missing: readonly RepositoryFile[]): Promise<number> {
  let bytes = 0;
  for (const { hash, size } of distinct(missing)) {
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
async function fetchAll(job: Job, missing: readonly RepositoryFile[]): Promise<void> {
  const failed = new AbortController();
  const { signal } = job.client;
  const client = job.client.withSignal(AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]));
  const limit = pLimit(job.concurrency ?? DEFAULT_CONCURRENCY);
  const busy: RepositoryFile[][] = [];
  const fetchTwins = async (twins: RepositoryFile[], wait: boolean): Promise<void> => {
    try {
      for (const file of twins) {
        if (client.signal?.aborted !== true && !(await fetchFile({ ...job, client }, file, wait))) {
          busy.push(twins);
          return;
        }
      }
    } catch (thrown) {
      failed.abort();
      throw thrown;
    }
  };
  const inOrder = [...missing].sort((a, b) => a.size - b.size);
  // Files of one content are one download; the others only need its blob.
  const groups = new Map(inOrder.map(({ hash }) => [hash, inOrder.filter((file) => file.hash === hash)]));
  await settle(
    [...groups.values()].map((twins) => limit(fetchTwins, twins, false)),
    signal,
  );
  await settle(
    busy.map((twins) => limit(fetchTwins, twins, true)),
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
  const { client, layout, tell } = job;
  const path = layout.lock(file.hash);
  const onWait = (): void => {
    tell({ type: "notice", message: `another process fetches ${file.path}; waiting for it` });
  };
  const lock = wait ? await FileLock.acquire(path, client.signal, onWait) : await FileLock.tryAcquire(path);
  if (lock === undefined) {
    return false;
  }
  try {
    await bring(job, file, lock);
  } finally {
    await lock.release();
  }
  tell({ type: "file", path: file.path });
  return true;
}

/** The file from wherever it is nearest: its place, its blob, another snapshot, the Hub. */
async function bring(
  { client, layout, listing, links, tell }: Job,
  file: RepositoryFile,
  lock: FileLock,
): Promise<void> {
  const { commit, repository } = listing;
  // Another process may have been here between the listing and the lock.
  if ((await contentSize(layout.file(commit, file.path))) === file.size) {
    return;
  }
  if ((await contentSize(layout.blob(file.hash))) === file.size) {
    await placeBlob(layout, commit, file, links);
    await removePartial(layout.incomplete(file.hash));
    return;
  }
  const twin = links ? undefined : await findContent(layout, file);
  if (twin !== undefined) {
    await placeCopy(layout, commit, file, twin);
    return;
  }
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

/** What files take in the cache, where equal contents are stored once. */
export function sizeOf(files: readonly RepositoryFile[]): number {
  return distinct(files).reduce((sum, { size }) => sum + size, 0);
}

/** One file for each content. */
function distinct(files: readonly RepositoryFile[]): RepositoryFile[] {
  return [...new Map(files.map((file) => [file.hash, file])).values()];
}
