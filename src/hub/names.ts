/**
 * Names that come from users or from the Hub: repositories, commits, revisions and paths of files, each checked before it becomes
 * a part of an address or of a path on this machine. Reference: huggingface_hub, utils/_validators.py.
 */
import { HubError, UsageError } from "../errors.js";

const LONGEST_REPOSITORY = 96;
const COMMIT = /^[0-9a-f]{40}$/;

/** `org/name`, as the Hub writes it. */
export function isRepositoryName(text: string): boolean {
  return (
    /^[\w.-]+\/[\w.-]+$/.test(text) &&
    text.length <= LONGEST_REPOSITORY &&
    !/--|\.\./.test(text) &&
    text.split("/").every((part) => !/^[.-]|[.-]$/.test(part))
  );
}

/** Throws `UsageError` unless `text` is a repository's name. */
export function requireRepositoryName(text: string): string {
  if (!isRepositoryName(text)) {
    throw new UsageError(
      `the model: expected a name on the Hub such as kandinsky-community/kandinsky-3, got ${JSON.stringify(text)}`,
    );
  }
  return text;
}

/** A full commit id, which never changes its meaning; branches, tags and short ids may. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/** Throws `UsageError` unless a revision can be the name of a file below `refs/`. */
export function requireRevision(revision: string): string {
  if (!isContainedPath(revision)) {
    throw UsageError.of("revision", `expected a branch, a tag or a commit, got ${JSON.stringify(revision)}`);
  }
  return revision;
}

/**
 * Throws `HubError` for a path of a repository that would leave the folder it is written to, on this system or another: the
 * names of files are chosen by whoever owns the repository.
 */
export function requireContainedPath(path: string, repository: string): string {
  if (!isContainedPath(path)) {
    throw new HubError(
      `${repository} lists the file ${JSON.stringify(path)}, expected a path that stays inside the repository`,
    );
  }
  return path;
}

function isContainedPath(path: string): boolean {
  return (
    path !== "" &&
    !/[\\:\p{Cc}]/u.test(path) &&
    path.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..")
  );
}
