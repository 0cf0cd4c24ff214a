/**
 * Puts contents into the snapshot of a commit: as a relative link to the blob, or, where the system makes no links or the user
 * wants none, as the file itself. Reference: huggingface_hub, file_download.py (_create_symlink).
 */
import { constants, copyFile, mkdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { CacheLayout } from "./cache-layout.js";
import { codeOf, onDisk } from "../../files/disk.js";
import { placeWhole, temporaryName } from "../../files/shared/place-whole.js";
import { formatTree, type Listing, type RepositoryFile } from "../listing.js";

/** Any backup tool that knows the standard skips the cache: everything in it can be fetched again. */
const CACHE_TAG = "CACHEDIR.TAG";
const CACHE_TAG_TEXT = `Signature: 8a477f597d28d172789f06886806bc55
# This file is a cache directory tag. See https://bford.info/cachedir/
`;

/** Size of what `path` leads to; `undefined` when it leads to no file. Throws `HubError` where it cannot be looked at. */
export async function contentSize(path: string): Promise<number | undefined> {
  return onDisk(
    path,
    async () => {
      try {
        const found = await stat(path);
        return found.isFile() ? found.size : undefined;
      } catch (thrown) {
        if (/^(?:ENOENT|ENOTDIR|ELOOP)$/.test(codeOf(thrown) ?? "")) {
          return undefined;
        }
        throw thrown;
      }
    },
    "read",
  );
}

/** Whether links can be made in `folder`, found by making one. */
export async function canLink(folder: string): Promise<boolean> {
  const probe = temporaryName(join(folder, "link"));
  return onDisk(folder, async () => {
    await mkdir(folder, { recursive: true });
    try {
      await symlink("target", probe);
      await rm(probe);
      return true;
    } catch (thrown) {
      if (/^(?:EPERM|ENOSYS|EOPNOTSUPP|ENOTSUP|UNKNOWN)$/.test(codeOf(thrown) ?? "")) {
        return false;
      }
      throw thrown;
    }
  });
}

/** Makes the blob of `file` appear in the snapshot. The lock of the file is held, so nobody else does. */
export async function placeBlob(
  layout: CacheLayout,
  commit: string,
  file: RepositoryFile,
  links: boolean,
): Promise<void> {
  const target = layout.file(commit, file.path);
  const blob = layout.blob(file.hash);
  if (!links) {
    await placeCopy(layout, commit, file, blob);
    return;
  }
  await onDisk(target, async () => {
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { force: true });
    await symlink(relative(dirname(target), blob), target);
  });
}

/** Makes the content of another file of the cache appear in the snapshot; on file systems that can, without taking room. */
export async function placeCopy(
  layout: CacheLayout,
  commit: string,
  file: RepositoryFile,
  source: string,
): Promise<void> {
  await placed(layout.file(commit, file.path), (temporary) => copyFile(source, temporary, constants.COPYFILE_FICLONE));
}

/** Turns a whole and checked partial file into a part of the cache, and of the snapshot. */
export async function placePartial(
  layout: CacheLayout,
  commit: string,
  file: RepositoryFile,
  links: boolean,
): Promise<void> {
  const partial = layout.incomplete(file.hash);
  if (links) {
    await onDisk(layout.blob(file.hash), () => rename(partial, layout.blob(file.hash)));
    await placeBlob(layout, commit, file, links);
  } else {
    const target = layout.file(commit, file.path);
    await onDisk(target, async () => {
      await mkdir(dirname(target), { recursive: true });
      await rename(partial, target);
    });
  }
}

/** Writes a small file so that readers see it whole or not at all. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await placed(file, (temporary) => writeFile(temporary, text));
}

/** The listing of a commit, for whoever asks without network. */
export async function writeTree(layout: CacheLayout, listing: Listing): Promise<void> {
  await writeWhole(layout.tree(listing.commit), formatTree(listing));
}

export async function writeCacheTag({ cacheFolder }: CacheLayout): Promise<void> {
  const file = join(cacheFolder, CACHE_TAG);
  if ((await contentSize(file)) === undefined) {
    await writeWhole(file, CACHE_TAG_TEXT);
  }
}

/** Makes `target` under another name first, then renames, so that it is never seen half made. */
async function placed(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
  await onDisk(target, async () => {
    await mkdir(dirname(target), { recursive: true });
    await placeWhole(target, make);
  });
}
