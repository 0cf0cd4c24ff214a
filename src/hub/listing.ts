/**
 * What a repository holds at one commit: paths, sizes and hashes of all files, from the Hub's tree API or from the listing that a
 * cache keeps in `trees/`. Reference: huggingface_hub, hf_api.py (list_repo_tree) and _tree_cache.py.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { HubError, reasonOf } from "../errors.js";
import { isBlobHash } from "../files/blob-hash.js";
import type { CacheLayout } from "./cache/cache-layout.js";
import type { HubClient } from "./download/client.js";
import { codeOf } from "../files/disk.js";
import { describeKey } from "../text/describe-issue.js";
import { capped } from "../text/quote.js";
import { isCommit, requireContainedPath } from "./names.js";

/** A file of a repository, as the Hub lists it. */
export interface RepositoryFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of a large file, git's hash of a small one: the name of its blob. */
  readonly hash: string;
  /** git's own hash, also for a large file, where it is that of a pointer. */
  readonly gitHash: string;
  /** Name of the same content in the Hub's chunk store, kept for Python's sake. */
  readonly xetHash?: string | undefined;
}

export interface Listing {
  readonly repository: string;
  readonly commit: string;
  readonly files: readonly RepositoryFile[];
}

const hash = z.string().refine(isBlobHash, "expected a hash in hexadecimal");
const size = z.int().min(0);

const revisionSchema = z.object({ sha: z.string().refine(isCommit, "expected a commit id") });

const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  oid: hash,
  size: size.optional(),
  lfs: z.object({ oid: hash, size }).optional(),
  xetHash: z.string().optional(),
});

/** The version of `trees/` files that Python writes. */
export const TREE_FORMAT = 1;

const treeSchema = z.object({
  format_version: z.literal(TREE_FORMAT),
  files: z.record(
    z.string(),
    z.object({
      size,
      blob_id: hash,
      lfs_sha256: hash.optional(),
      lfs_size: size.optional(),
      xet_hash: z.string().optional(),
    }),
  ),
});

/** Asks the Hub for the commit of a revision, then for its files. Throws `HubError`. */
export async function fetchListing(client: HubClient, repository: string, revision: string): Promise<Listing> {
  const api = `${client.environment.endpoint}/api/models/${repository}`;
  const subject = { repository, revision, path: undefined };
  let commit = revision;
  if (!isCommit(revision)) {
    const { bytes } = await client.read(`${api}/revision/${encodeURIComponent(revision)}`, subject);
    commit = parse(bytes, revisionSchema, `the answer about ${repository}`).sha;
  }
  // From here on the commit is asked for, so that nothing changes between the listing and the files.
  const files: RepositoryFile[] = [];
  let page: string | undefined = `${api}/tree/${commit}?recursive=true`;
  while (page !== undefined) {
    const { bytes, link } = await client.read(page, { ...subject, revision: commit });
    for (const entry of parse(bytes, z.array(entrySchema), `the listing of ${repository}`)) {
      if (entry.type === "file") {
        files.push(toFile(entry, repository));
      }
    }
    page = nextPage(link, page);
  }
  return { repository, commit, files };
}

function toFile({ path, oid, size, lfs, xetHash }: z.output<typeof entrySchema>, repository: string): RepositoryFile {
  const bytes = lfs?.size ?? size;
  if (bytes === undefined) {
    throw new HubError(`the listing of ${repository} gives no size for ${JSON.stringify(path)}, expected a number`);
  }
  return { path: requireContainedPath(path, repository), size: bytes, hash: lfs?.oid ?? oid, gitHash: oid, xetHash };
}

/** The address of the next page in a `Link` header. Reference: RFC 8288. */
function nextPage(link: string | undefined, current: string): string | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  return target === undefined ? undefined : new URL(target, current).href;
}

function parse<Schema extends z.ZodType>(bytes: Uint8Array, schema: Schema, what: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (thrown) {
    throw new HubError(`${what} is not JSON: ${reasonOf(thrown)}`, { cause: thrown });
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => describeKey(issue, value));
    throw new HubError(`${what}: ${capped(problems, "; ")}`, { cause: result.error });
  }
  return result.data;
}

/** The listing that an earlier download left in the cache; `undefined` when there is none of a known form. */
export async function cachedListing(layout: CacheLayout, commit: string): Promise<Listing | undefined> {
  let text: string;
  try {
    text = await readFile(layout.tree(commit), "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") {
      return undefined;
    }
    throw new HubError(`${layout.tree(commit)} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
  const bytes = Buffer.from(text);
  const { format_version: format } = parse(bytes, z.looseObject({ format_version: z.unknown() }), layout.tree(commit));
  if (format !== TREE_FORMAT) {
    return undefined; // Of a later writer; the Hub can be asked again.
  }
  const { files } = parse(bytes, treeSchema, layout.tree(commit));
  return {
    repository: layout.repository,
    commit,
    files: Object.entries(files).map(([path, entry]) => ({
      path: requireContainedPath(path, layout.tree(commit)),
      size: entry.lfs_size ?? entry.size,
      hash: entry.lfs_sha256 ?? entry.blob_id,
      gitHash: entry.blob_id,
      xetHash: entry.xet_hash,
    })),
  };
}

/** The listing as the text of a `trees/` file. */
export function formatTree({ files }: Listing): string {
  const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const entries = inOrder.map(({ path, size: bytes, hash: name, gitHash, xetHash }) => [
    path,
    {
      size: bytes,
      blob_id: gitHash,
      ...(name === gitHash ? {} : { lfs_sha256: name, lfs_size: bytes }),
      ...(xetHash === undefined ? {} : { xet_hash: xetHash }),
    },
  ]);
  return JSON.stringify({ format_version: TREE_FORMAT, files: Object.fromEntries(entries) as unknown }, null, 1);
}
