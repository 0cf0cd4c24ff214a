/**
 * The layout of the original release: `weights/` with one file for each network and the text encoder's folder, in which the
 * projections and the tokenizer lie too. Reference: ai-forever/Kandinsky-3, kandinsky3/__init__.py (the get_..._pipeline functions).
 */
import { join, resolve } from "node:path";
import { CheckpointError } from "../../errors.js";
import { FileProblem, type PathKind, pathKind } from "../../files/local-file.js";
import {
  COMPONENT_NAMES,
  type ComponentName,
  isUNetName,
  UNET_NAMES,
  type UNetName,
} from "../../components/components.js";
import { quotedList } from "../../text/quote.js";
import type { ModelFolder } from "../layout.js";
import { RELEASE_FOLDER, releaseFile } from "../../components/release-files.js";

/**
 * Opens a release: `path` may be the folder above `weights/` or that folder itself. Undefined when it is neither, which a U-Net's
 * file tells. Throws `CheckpointError` when a part that all U-Nets share is missing.
 */
export async function openRelease(path: string): Promise<ModelFolder | undefined> {
  for (const root of [path, join(path, RELEASE_FOLDER)]) {
    const unets: UNetName[] = [];
    for (const part of UNET_NAMES) {
      if ((await kindOf(join(root, releaseFile(part)))) === "file") {
        unets.push(part);
      }
    }
    if (unets.length > 0) {
      await requireShared(root);
      return {
        path: resolve(path),
        layout: "original",
        root: resolve(root),
        className: "original release",
        components: new Set(COMPONENT_NAMES.filter((part) => !isUNetName(part) || unets.includes(part))),
        notes: [],
      };
    }
  }
  return undefined;
}

/** Path of a part's file or folder. */
export function releasePath(folder: ModelFolder, part: ComponentName): string {
  return join(folder.root, releaseFile(part));
}

async function requireShared(root: string): Promise<void> {
  const missing: string[] = [];
  for (const [name, kind] of [
    [releaseFile("text_encoder"), "folder"],
    [releaseFile("movq"), "file"],
  ] as const) {
    if ((await kindOf(join(root, name))) !== kind) {
      missing.push(name);
    }
  }
  if (missing.length > 0) {
    throw new CheckpointError(`${root} holds Kandinsky 3 in its original layout, but lacks ${quotedList(missing)}`);
  }
}

async function kindOf(path: string): Promise<PathKind> {
  try {
    return await pathKind(path);
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new CheckpointError(`${path} ${error.message}`, { cause: error });
    }
    throw error;
  }
}
