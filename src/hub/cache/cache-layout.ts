/**
 * Where the Hugging Face cache keeps a model: contents by hash in `blobs/`, a folder of relative links for each commit in
 * `snapshots/`, branches and tags in `refs/`, listings in `trees/`. Python's tools read and write the same files. Reference:
 * huggingface_hub, file_download.py and docs/source/en/guides/manage-cache.md.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HubError, reasonOf } from "../../errors.js";
import { isCommit } from "../names.js";

export const MODEL_PREFIX = "models--";
/** Of the name of a download under way; Python's clients up to 1.17 resume it too. */
export const INCOMPLETE = ".incomplete";
/** Python locks `<hash>.lock` with flock, which Node does not have; a name of our own keeps the two apart. */
export const LOCK = ".kandinsky3.lock";

export class CacheLayout {
  /** `models--org--name` in the cache. */
  readonly folder: string;
  /** Of the locks of this model; outside its folder, as Python has it. */
  readonly locks: string;

  constructor(
    readonly cacheFolder: string,
    readonly repository: string,
  ) {
    const name = MODEL_PREFIX + repository.replaceAll("/", "--");
    this.folder = join(cacheFolder, name);
    this.locks = join(cacheFolder, ".locks", name);
  }

  get blobs(): string {
    return join(this.folder, "blobs");
  }

  get snapshots(): string {
    return join(this.folder, "snapshots");
  }

  get refs(): string {
    return join(this.folder, "refs");
  }

  blob(hash: string): string {
    return join(this.blobs, hash);
  }

  incomplete(hash: string): string {
    return join(this.blobs, hash + INCOMPLETE);
  }

  lock(hash: string): string {
    return join(this.locks, hash + LOCK);
  }

  snapshot(commit: string): string {
    return join(this.snapshots, commit);
  }

  /** A file of a commit; `path` has passed `requireContainedPath`. */
  file(commit: string, path: string): string {
    return join(this.snapshot(commit), ...path.split("/"));
  }

  ref(revision: string): string {
    return join(this.refs, ...revision.split("/"));
  }

  tree(commit: string): string {
    return join(this.folder, "trees", `${commit}.json`);
  }

  noExist(commit: string): string {
    return join(this.folder, ".no_exist", commit);
  }
}

/** The commit that a revision meant when it was last fetched; `undefined` when it never was. */
export async function cachedCommit(layout: CacheLayout, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) {
    return revision;
  }
  let text: string;
  try {
    text = (await readFile(layout.ref(revision), "utf8")).trim();
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && /^(?:ENOENT|ENOTDIR|EISDIR)$/.test(String(thrown.code))) {
      return undefined;
    }
    throw new HubError(`${layout.ref(revision)} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
  if (!isCommit(text)) {
    throw new HubError(`${layout.ref(revision)} holds ${JSON.stringify(text.slice(0, 80))}, expected a commit id`);
  }
  return text;
}
