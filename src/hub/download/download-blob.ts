/**
 * Fetches one content of a repository into a partial file: from where the last attempt stopped, hashed as it comes, until it is
 * whole and right. References: RFC 9110, section 14 (ranges); huggingface_hub, file_download.py (http_get).
 */
import { HubError } from "../../errors.js";
import { connectionProblem, type HubClient, type HubResponse } from "./client.js";
import type { RepositoryFile } from "../listing.js";
import { PartialFile } from "./partial-file.js";
import { PassingProblem, persist } from "./persistence.js";

export interface BlobSource {
  readonly repository: string;
  readonly commit: string;
  readonly file: RepositoryFile;
}

export interface DownloadHooks {
  /** After each piece that came from the Hub. */
  readonly onFetched: (bytes: number) => void;
  /** After each piece that was there and has been read for its hash. */
  readonly onChecked: (bytes: number) => void;
  /** When what was there, or came, turned out wrong and is fetched again. */
  readonly onDiscarded: (bytes: number) => void;
  /** After each flush: throws when the file is no longer this process's to write. */
  readonly confirm: () => Promise<void>;
}

/** An attempt that brought less than this counts as failed: it must not go on for ever. */
const WORTHWHILE_BYTES = 64 * 1024;
/** Wrong contents from the start are fetched once more, in case it was the way and not the source. */
const MOST_WRONG_CONTENTS = 2;

/**
 * Completes `partial` with the content of `source`, flushed and checked.
 * Throws `HubError` for what does not pass, `AbortedError` by the client's signal.
 */
export async function downloadBlob(
  client: HubClient,
  source: BlobSource,
  partial: string,
  hooks: DownloadHooks,
): Promise<void> {
  const { hash, size } = source.file;
  const file = await PartialFile.open(partial, hash, size, { signal: client.signal, onChecked: hooks.onChecked });
  try {
    let resumed = file.length > 0;
    for (let wrong = 0; ;) {
      await fetchRest(client, source, file, hooks);
      if (file.matches()) {
        await file.flush();
        return;
      }
      hooks.onDiscarded(file.length);
      await file.restart();
      // A beginning that somebody else spoilt says nothing about the source.
      wrong += resumed ? 0 : 1;
      resumed = false;
      if (wrong >= MOST_WRONG_CONTENTS) {
        throw new HubError(
          `${source.repository}: ${source.file.path} came with other bytes than the Hub promises, twice; expected the hash ${hash}`,
        );
      }
    }
  } finally {
    await file.close();
  }
}

async function fetchRest(
  client: HubClient,
  source: BlobSource,
  file: PartialFile,
  hooks: DownloadHooks,
): Promise<void> {
  let before = file.length;
  await persist(
    async () => {
      before = file.length;
      if (!file.isWhole) {
        await attempt(client, source, file, hooks);
      }
    },
    {
      pace: client.pace,
      signal: client.signal,
      advanced: () => file.length - before >= WORTHWHILE_BYTES,
      onRetry: client.noteRetry,
    },
  );
}

/** One request for everything that is missing, written as it comes. */
async function attempt(client: HubClient, source: BlobSource, file: PartialFile, hooks: DownloadHooks): Promise<void> {
  const { repository, commit, file: wanted } = source;
  const address = `${client.environment.endpoint}/${repository}/resolve/${commit}/${encodedPath(wanted.path)}`;
  const range = { first: file.length, last: wanted.size - 1 };
  const response = await client.open(address, { repository, revision: commit, path: wanted.path }, range);
  try {
    checkIdentity(response, source);
    // A server without ranges begins at the start; what is there already is read past.
    let skip = response.status === 206 ? checkRange(response, source, range.first) : range.first;
    const pieces = response.body[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    for (;;) {
      const piece = await nextPiece(pieces, response);
      if (piece === undefined) {
        break;
      }
      const fresh = piece.subarray(Math.min(skip, piece.length));
      skip -= piece.length - fresh.length;
      if (file.length + fresh.length > wanted.size) {
        throw new HubError(`${response.place} sends more than the ${wanted.size} bytes that the listing promises`);
      }
      if (fresh.length > 0) {
        const flushed = await file.append(fresh);
        hooks.onFetched(fresh.length);
        if (flushed) {
          await hooks.confirm();
        }
      }
    }
  } finally {
    response.body.on("error", () => undefined).destroy(); // Being cut short is no error here.
  }
  if (!file.isWhole) {
    throw new PassingProblem(
      `${new URL(response.place).host} stopped after ${file.length} of ${wanted.size} bytes of ${wanted.path}`,
    );
  }
}

/** The next bytes, `undefined` at the end. Throws `PassingProblem` for a connection that broke or fell silent. */
async function nextPiece(pieces: AsyncIterator<Buffer, undefined>, response: HubResponse): Promise<Buffer | undefined> {
  try {
    return (await pieces.next()).value;
  } catch (thrown) {
    throw connectionProblem(new URL(response.place), thrown);
  }
}

/** Before gigabytes come: the Hub names what it is about to send. */
function checkIdentity(response: HubResponse, { repository, commit, file }: BlobSource): void {
  const linked = response.header("x-linked-etag");
  const etag = linked?.replace(/^W\//, "").replace(/^"|"$/g, "");
  if (etag !== undefined && etag !== file.hash) {
    throw new HubError(
      `${repository}: ${file.path} has the hash ${etag} at commit ${commit}, expected ${file.hash}, which the listing names`,
    );
  }
  const answered = response.header("x-repo-commit");
  if (answered !== undefined && answered !== commit) {
    throw new HubError(`${repository}: asked for commit ${commit}, got ${answered}`);
  }
}

/** Throws unless the answer begins at `first`; returns how many bytes to skip, which is none. */
function checkRange(response: HubResponse, { file }: BlobSource, first: number): 0 {
  const header = response.header("content-range");
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header ?? "");
  const total = match?.[2];
  if (match === null || Number(match[1]) !== first || (total !== "*" && Number(total) !== file.size)) {
    throw new HubError(
      `${response.place} answers with the range ${JSON.stringify(header ?? "")}, expected "bytes ${first}-${file.size - 1}/${file.size}"`,
    );
  }
  return 0;
}

/** A path as a part of an address; slashes stay. */
export function encodedPath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
