/** The picture files of a command line: what they hold, and how to know them again. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ImageError, reasonOf, UsageError } from "../errors.js";
import { readLayers } from "../image/decode.js";
import { type Mask, readMask, transparencyOf } from "../image/mask.js";
import type { GenerateInputs } from "../pipeline/request/inputs.js";
import type { Origin, SourceFile } from "../pipeline/request/image-record.js";

export interface SourceFlags {
  readonly image?: string;
  readonly mask?: string;
  readonly strength?: number;
}

export interface PictureSources {
  readonly inputs: Pick<GenerateInputs, "image" | "mask">;
  readonly origins: Pick<Origin, "source" | "mask">;
  readonly notices: readonly string[];
}

/**
 * Reads the picture and the mask. Without a mask file the transparent part of the picture is the mask, unless `--strength` says
 * that the picture as a whole is to change.
 */
export async function readSources({ image, mask, strength }: SourceFlags): Promise<PictureSources> {
  if (image === undefined) {
    if (mask !== undefined) {
      throw new UsageError("--mask: got a mask without --image, expected both or none");
    }
    return { inputs: {}, origins: { source: undefined, mask: undefined }, notices: [] };
  }
  const layers = await readLayers(image);
  const source = await fingerprint(image);
  if (mask !== undefined) {
    const origins = { source, mask: await fingerprint(mask) };
    return { inputs: { image: layers.pixels, mask: await readMask(mask) }, origins, notices: [] };
  }
  const transparent: Mask | undefined = strength === undefined ? transparencyOf(layers) : undefined;
  return {
    inputs: { image: layers.pixels, ...(transparent === undefined ? {} : { mask: transparent }) },
    origins: { source, mask: undefined },
    notices:
      transparent === undefined
        ? []
        : ["the transparent part of the picture is repainted; give --strength to change all of it"],
  };
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
