/** A content that some snapshot has as a plain file: where there are no links, no blob keeps it for the next commit. */
import { readdir } from "node:fs/promises";
import type { CacheLayout } from "./cache-layout.js";
import { cachedListing, type RepositoryFile } from "../listing.js";
import { isCommit } from "../names.js";
import { contentSize } from "./place-file.js";

/** Path of a file with the content of `file`; `undefined` when no listed snapshot has one. */
export async function findContent(layout: CacheLayout, { hash, size }: RepositoryFile): Promise<string | undefined> {
  const commits = await readdir(layout.snapshots).catch((): string[] => []); // There are none yet.
  for (const commit of commits.filter(isCommit)) {
    const files = (await cachedListing(layout, commit))?.files ?? [];
    for (const { path } of files.filter((candidate) => candidate.hash === hash)) {
      const place = layout.file(commit, path);
      if ((await contentSize(place)) === size) {
        return place;
      }
    }
  }
  return undefined;
}
