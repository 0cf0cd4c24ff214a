/** Reads a model of the cache again and compares every file with its hash; what is bad or missing can be fetched again. */
import { rm } from "node:fs/promises";
import { weightFilesByVariant } from "../checkpoint/weight-files.js";
import { HubError } from "../errors.js";
import { hashFile, startHash } from "../files/blob-hash.js";
import { CacheLayout } from "./cache/cache-layout.js";
import { cachedModel, type CachedRevision, findRevision } from "./cache/cached-models.js";
import type { HubClient } from "./download/client.js";
import { onDisk } from "../files/disk.js";
import { fetchFiles, type PullEvent } from "./download/fetch-files.js";
import { selectFiles } from "./file-selection.js";
import { cachedListing, fetchListing, type Listing, type RepositoryFile } from "./listing.js";
import { contentSize } from "./cache/place-file.js";
import { DEFAULT_REVISION } from "./pull-model.js";
import { COMPONENTS, NETWORK_NAMES } from "../components/components.js";

export interface FileVerdict {
  readonly path: string;
  readonly size: number;
  readonly state: "right" | "wrong" | "missing";
}

export interface VerifyOptions {
  readonly revision?: string | undefined;
  /** Fetch what is wrong or missing. */
  readonly repair?: boolean;
  readonly onVerdict?: (verdict: FileVerdict) => void;
  /** Bytes that have been read. */
  readonly onBytes?: (bytes: number) => void;
  readonly onEvent?: (event: PullEvent) => void;
}

export interface Verification {
  readonly repository: string;
  readonly commit: string;
  readonly verdicts: readonly FileVerdict[];
  /** Files that were fetched again; empty unless asked for. */
  readonly repaired: readonly string[];
}

/** Throws `HubError` when the cache has nothing of the model, and when a repair fails; a wrong file is a verdict. */
export async function verifyModel(
  client: HubClient,
  repository: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const layout = new CacheLayout(client.environment.cacheFolder, repository);
  const revision = await wantedRevision(layout, options.revision ?? DEFAULT_REVISION);
  const { commit } = revision;
  const listing = (await cachedListing(layout, commit)) ?? (await listingFromHub(client, repository, commit));
  const expected = listing === undefined ? filesByLinks(revision, layout) : expectedFiles(listing, revision);
  const verdicts: FileVerdict[] = [];
  for (const file of expected) {
    const verdict = { path: file.path, size: file.size, state: await stateOf(client, layout, commit, file, options) };
    verdicts.push(verdict);
    options.onVerdict?.(verdict);
  }
  const bad = expected.filter((_file, index) => verdicts[index]?.state !== "right");
  const repaired: string[] = [];
  if (options.repair === true && bad.length > 0) {
    if (listing === undefined) {
      throw new HubError(`HF_HUB_OFFLINE is set, so ${bad.length} files of ${repository} cannot be fetched`);
    }
    for (const [index, { path, hash }] of expected.entries()) {
      // The content of a file that is merely missing may be there, and be other files' too.
      const wrong = verdicts[index]?.state === "wrong";
      const spoilt = wrong ? [layout.file(commit, path), layout.blob(hash)] : [];
      await onDisk(layout.file(commit, path), () => Promise.all(spoilt.map((file) => rm(file, { force: true }))));
    }
    await fetchFiles({ client, layout, listing, tell: options.onEvent ?? (() => undefined) }, bad);
    repaired.push(...bad.map(({ path }) => path));
  }
  return { repository, commit, verdicts, repaired };
}

async function wantedRevision(layout: CacheLayout, name: string): Promise<CachedRevision> {
  const model = await cachedModel(layout);
  const found = model === undefined ? undefined : await findRevision(layout, model, name);
  // A download that broke off has no reference yet; when there is just that one, it is meant.
  const [only, ...others] = model?.revisions ?? [];
  const revision = found ?? (name === DEFAULT_REVISION && others.length === 0 ? only : undefined);
  if (revision === undefined) {
    throw new HubError(
      `${layout.repository} at revision ${name} is not in the cache ${layout.cacheFolder}; this fetches it: kandinsky3 pull ${layout.repository}`,
    );
  }
  return revision;
}

async function listingFromHub(client: HubClient, repository: string, commit: string): Promise<Listing | undefined> {
  return client.environment.offline ? undefined : fetchListing(client, repository, commit);
}

/** Without a listing the links themselves say what they should lead to. */
function filesByLinks({ files }: CachedRevision, layout: CacheLayout): RepositoryFile[] {
  return files.map(({ path, size, hash }) => {
    if (hash === undefined) {
      throw new HubError(
        `${layout.repository}: ${path} is a plain file and nothing on this machine says what its hash should be`,
      );
    }
    return { path, size: size ?? 0, hash, gitHash: hash };
  });
}

/** What is there, and what belongs to the variants that are there. */
function expectedFiles(listing: Listing, revision: CachedRevision): RepositoryFile[] {
  const present = new Set(revision.files.map(({ path }) => path));
  const wanted = new Set(present);
  if (listing.files.some(({ path }) => path === "model_index.json")) {
    pipelineFilesOf(listing, present).forEach((path) => wanted.add(path));
  }
  return listing.files.filter(({ path }) => wanted.has(path));
}

/** The variant with the most parts speaks first: what a part without it has in its place says nothing of another variant. */
function pipelineFilesOf(listing: Listing, present: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Map<string, string[]>();
  for (const part of NETWORK_NAMES) {
    const names = [...present].filter((path) => path.startsWith(`${part}/`)).map((path) => path.slice(part.length + 1));
    for (const [variant, file] of weightFilesByVariant(names, COMPONENTS[part].network.weightsBase)) {
      found.set(variant, [...(found.get(variant) ?? []), `${part}/${file}`]);
    }
  }
  const inOrder = [...found].sort(([, some], [, others]) => others.length - some.length);
  const wanted = new Set<string>();
  for (const [variant, files] of inOrder.length === 0 ? [["", [""]] as const] : inOrder) {
    if (files.some((file) => !wanted.has(file))) {
      selectFiles(listing, { variant: variant === "" ? undefined : variant }).forEach(({ path }) => wanted.add(path));
    }
  }
  return wanted;
}

async function stateOf(
  { signal }: HubClient,
  layout: CacheLayout,
  commit: string,
  { path, size, hash }: RepositoryFile,
  { onBytes }: VerifyOptions,
): Promise<FileVerdict["state"]> {
  const place = layout.file(commit, path);
  const found = await contentSize(place);
  if (found === undefined) {
    return "missing";
  }
  if (found !== size) {
    return "wrong";
  }
  const running = startHash(hash, size);
  await hashFile(running, place, size, { signal, ...(onBytes === undefined ? {} : { onBytes }) });
  return running.digest("hex") === hash ? "right" : "wrong";
}
