/** The outline of a model wherever it is: in a folder, in the cache, or on the Hub, where headers and configurations are fetched. */
import { existsSync } from "node:fs";
import { CacheLayout, cachedCommit } from "../hub/cache/cache-layout.js";
import type { HubClient } from "../hub/download/client.js";
import { freeBytes } from "../files/disk.js";
import { filesMissing, presentBytes, sizeOf } from "../hub/download/fetch-files.js";
import { selectFiles } from "../hub/file-selection.js";
import { cachedListing, fetchListing } from "../hub/listing.js";
import { writeSkeleton } from "../hub/model-skeleton.js";
import { DEFAULT_REVISION } from "../hub/pull-model.js";
import { addressOf, resolveModel } from "../loading/resolve-model.js";
import { hasTexts, type PlannedTexts } from "./planned-texts.js";
import { type ModelOutline, readOutline } from "./model-outline.js";
import { scratchFolder } from "../files/shared/temporary-folder.js";

/** What fetching a model takes. */
export interface DiskPlan {
  readonly cacheFolder: string;
  /** Of all files of the variant. */
  readonly bytes: number;
  /** Of those, what is not in the cache yet. */
  readonly downloadBytes: number;
  readonly freeBytes: number;
}

export interface LocatedModel {
  readonly name: string;
  readonly outline: ModelOutline;
  /** `undefined` for a folder of the user's own. */
  readonly disk: DiskPlan | undefined;
}

export interface LocateOptions {
  readonly variant?: string | undefined;
  readonly revision?: string | undefined;
  /** Of the picture that is planned; their tokenizer is fetched for them. */
  readonly texts?: PlannedTexts | undefined;
}

/** Throws what opening the model would throw; a model that nobody has is asked for at the Hub. */
export async function locateModel(client: HubClient, name: string, options: LocateOptions): Promise<LocatedModel> {
  const { variant, texts = {} } = options;
  const address = existsSync(name.trim()) ? undefined : addressOf(name, options.revision);
  if (address === undefined) {
    const resolved = await resolveModel(name, { ...options, environment: client.environment });
    return { name: resolved.name, outline: await readOutline(resolved.folder, variant, texts), disk: undefined };
  }
  const { repository } = address;
  const layout = new CacheLayout(client.environment.cacheFolder, repository);
  const revision = address.revision ?? DEFAULT_REVISION;
  const known = client.environment.offline ? await cachedCommit(layout, revision) : undefined;
  const listing =
    (known === undefined ? undefined : await cachedListing(layout, known)) ??
    (await fetchListing(client, repository, revision));
  const files = selectFiles(listing, options);
  const missing = await filesMissing(layout, listing.commit, files);
  const disk = {
    cacheFolder: layout.cacheFolder,
    bytes: sizeOf(files),
    downloadBytes: sizeOf(missing) - (await presentBytes(layout, missing)),
    freeBytes: await freeBytes(layout.folder),
  };
  if (missing.length === 0) {
    return { name: repository, outline: await readOutline(layout.snapshot(listing.commit), variant, texts), disk };
  }
  await using scratch = await scratchFolder("plan");
  await writeSkeleton(client, listing, files, scratch.path, { tokenizer: hasTexts(texts) });
  return { name: repository, outline: await readOutline(scratch.path, variant, texts), disk };
}
