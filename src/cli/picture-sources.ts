/** The picture files of a command line: what they hold, and how to know them again. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ImageError, reasonOf, UsageError } from "../errors.js";
import { readLayers } from "../image/decode.js";
import { readMask } from "../image/mask.js";
import type { Origin, SourceFile } from "../pipeline/request/image-record.js";
import { inputsFromLayers, type LayerInputs } from "../pipeline/request/source-layers.js";

export interface SourceFlags {
  readonly image: string | undefined;
  readonly mask: string | undefined;
  readonly strength: number | undefined;
}

export interface ImageSources extends LayerInputs {
  readonly origins: Pick<Origin, "source" | "mask">;
}

/** Reads the picture and the mask. */
export async function readSources({ image, mask, strength }: SourceFlags): Promise<ImageSources> {
  if (image === undefined) {
    if (mask !== undefined) {
      throw new UsageError("--mask: got a mask without --image, expected both or none");
    }
    return { inputs: {}, origins: { source: undefined, mask: undefined }, notices: [] };
  }
  const layers = await readLayers(image);
  const source = await fingerprint(image);
  if (mask === undefined) {
    return { ...inputsFromLayers(layers, { strength }), origins: { source, mask: undefined } };
  }
  const origins = { source, mask: await fingerprint(mask) };
  return { ...inputsFromLayers(layers, { mask: await readMask(mask), strength }), origins };
}

async function fingerprint(file: string): Promise<SourceFile> {
  try {
    const sha256 = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    return { name: basename(file), sha256 };
  } catch (thrown) {
    throw new ImageError(`the picture ${JSON.stringify(file)} cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
