/**
 * The layout of the original release: `weights/` with one file for each network and the text encoder's folder, in which the
 * projections and the tokenizer lie too. Reference: ai-forever/Kandinsky-3, kandinsky3/__init__.py (the get_..._pipeline functions).
 */
import { join, resolve } from "node:path";
import { CheckpointError } from "../../errors.js";
import { FileProblem, type PathKind, pathKind } from "../../files/local-file.js";
import {
  MODEL_PARTS,
  type ModelFolder,
  type ModelPart,
  UNET_PARTS,
  type UNetPart,
} from "../../components/components.js";
import { quotedList } from "../../text/quote.js";
import { RELEASE_PATHS, TEXT_ENCODER_FOLDER, WEIGHTS_FOLDER } from "../../components/release-files.js";

/**
 * Opens a release: `path` may be the folder above `weights/` or that folder itself. Undefined when it is neither, which a U-Net's
 * file tells. Throws `CheckpointError` when a part that all U-Nets share is missing.
 */
export async function openRelease(path: string): Promise<ModelFolder | undefined> {
  for (const root of [path, join(path, WEIGHTS_FOLDER)]) {
    const unets: UNetPart[] = [];
    for (const part of UNET_PARTS) {
      if ((await kindOf(join(root, RELEASE_PATHS[part]))) === "file") {
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
        parts: new Set(MODEL_PARTS.filter((part) => !isUNet(part) || unets.includes(part))),
      };
    }
  }
  return undefined;
}

/** Path of a part's file or folder. */
export function releasePath(folder: ModelFolder, part: ModelPart): string {
  return join(folder.root, RELEASE_PATHS[part]);
}

function isUNet(part: ModelPart): part is UNetPart {
  return UNET_PARTS.some((unet) => unet === part);
}

async function requireShared(root: string): Promise<void> {
  const missing: string[] = [];
  for (const [name, kind] of [
    [TEXT_ENCODER_FOLDER, "folder"],
    [RELEASE_PATHS.movq, "file"],
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
