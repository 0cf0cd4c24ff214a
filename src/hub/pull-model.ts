/**
 * Brings a model into the Hugging Face cache: lists it at one commit, picks files, checks the disk, fetches several at once, and
 * writes the reference last, so that a revision's name never leads to a model that is not whole.
 */
import { readFile } from "node:fs/promises";
import { lackOfVariant } from "../checkpoint/tensor-location.js";
import { HubError } from "../errors.js";
import { CacheLayout, cachedCommit } from "./cache/cache-layout.js";
import type { HubClient } from "./download/client.js";
import { onDisk } from "../files/disk.js";
import { fetchFiles, filesMissing, presentBytes, type PullEvent, sizeOf } from "./download/fetch-files.js";
import { partsLacking, type Selection, selectFiles } from "./file-selection.js";
import { cachedListing, fetchListing, type Listing, type RepositoryFile } from "./listing.js";
import { removeRemains } from "./cache/remains.js";
import { requireRepositoryName, requireRevision } from "./names.js";
import { contentSize, writeTree, writeWhole } from "./cache/place-file.js";

export const DEFAULT_REVISION = "main";

/** Which files are fetched, and how. */
export interface PullOptions extends Selection {
  /** Branch, tag or commit; `main` when left out. */
  readonly revision?: string | undefined;
  /** Files at a time. */
  readonly concurrency?: number | undefined;
  /** Told what is being done. */
  readonly onEvent?: (event: PullEvent) => void;
}

/** A model in the cache. */
export interface PulledModel {
  readonly repository: string;
  readonly commit: string;
  /** The snapshot: a model folder. */
  readonly folder: string;
  readonly files: readonly RepositoryFile[];
}

/** Throws `HubError`, `UsageError`, `CheckpointError`, or `AbortedError` by the client's signal; what was fetched is kept. */
export async function pullModel(client: HubClient, name: string, options: PullOptions = {}): Promise<PulledModel> {
  const repository = requireRepositoryName(name);
  const revision = requireRevision(options.revision ?? DEFAULT_REVISION);
  const { cacheFolder, offline } = client.environment;
  const layout = new CacheLayout(cacheFolder, repository);
  const tell = options.onEvent ?? (() => undefined);

  const listing = offline ? await offlineListing(layout, revision) : await fetchListing(client, repository, revision);
  const files = selectFiles(listing, options);
  for (const part of lackingParts(listing, options)) {
    tell({ type: "notice", message: lackOfVariant(options.variant ?? "", `${repository}/${part}`) });
  }
  await removeRemains(layout, listing);
  const missing = await filesMissing(layout, listing.commit, files);
  const pulled = { repository, commit: listing.commit, folder: layout.snapshot(listing.commit), files };
  const present = sizeOf(files) - sizeOf(missing) + (await presentBytes(layout, missing));
  tell({ type: "start", files: files.length, bytes: sizeOf(files), presentBytes: present });
  if (missing.length > 0) {
    if (offline) {
      throw new HubError(
        `HF_HUB_OFFLINE is set and ${missing.length} of ${files.length} files of ${repository} are not in ${cacheFolder}, such as ${missing[0]?.path ?? ""}`,
      );
    }
    await fetchFiles({ client, layout, listing, tell, concurrency: options.concurrency }, missing);
  }
  await record(layout, revision, listing, missing.length > 0, tell);
  return pulled;
}

/** Patterns name files, whatever variant they are of. */
function lackingParts({ files }: Listing, { include = [], variant }: PullOptions): Iterable<string> {
  const paths = files.map(({ path }) => path);
  return include.length === 0 ? partsLacking(paths, variant) : [];
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
  return (await contentSize(file)) === undefined ? undefined : onDisk(file, () => readFile(file, "utf8"), "read");
}
