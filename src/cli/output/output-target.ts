/**
 * Where the pictures go: `--output` read and checked before any work is done, and the names of the files once the seed is known.
 */
import { existsSync, statSync, type Stats } from "node:fs";
import { open, rm } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { temporaryName } from "../../files/shared/place-whole.js";
import { ImageError, reasonOf, UsageError } from "../../errors.js";
import { freeBytes } from "../../files/disk.js";
import { formatSize } from "../../text/byte-size.js";
import type { ImageFormat } from "../../image/encode.js";
import type { OutputType } from "../../pipeline/request/options/sampling-options.js";

export type FileFormat = ImageFormat | "npy";

export type OutputTarget =
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly file: string; readonly format: FileFormat }
  /** A name of our own making in this folder, `""` being the working folder; it never takes the place of another file. */
  | { readonly kind: "folder"; readonly folder: string; readonly format: FileFormat };

const FORMATS: Readonly<Record<string, FileFormat>> = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".webp": "webp",
  ".npy": "npy",
};
/** Bytes of the prompt in a file's name; file systems allow 255 for all of it. */
const SLUG_BYTES = 80;

export interface OutputRequest {
  readonly output: string | undefined;
  readonly outputType: OutputType;
  readonly images: number;
  readonly prompts: number;
  readonly json: boolean;
}

/** Reads `--output`. Throws `UsageError` where the options contradict each other. */
export function parseOutput({ output, outputType, images, prompts, json }: OutputRequest): OutputTarget {
  const ownFormat = outputType === "image" ? "png" : "npy";
  if (output === undefined) {
    return { kind: "folder", folder: "", format: ownFormat };
  }
  if (output === "-") {
    if (outputType !== "image") {
      throw new UsageError(
        `--output: expected an .npy file for --output-type ${outputType}, got "-", which takes a PNG`,
      );
    }
    if (prompts > 1) {
      throw new UsageError(`--output: "-" takes one image, got ${prompts} prompts`);
    }
    if (images > 1) {
      throw new UsageError(`--output: "-" takes one image, got --num-images ${images}`);
    }
    if (json) {
      throw new UsageError('--json: expected another --output than "-", both would go to standard output');
    }
    return { kind: "stdout" };
  }
  if (/[\\/]$/.test(output) || statOf(output)?.isDirectory() === true) {
    return { kind: "folder", folder: output, format: ownFormat };
  }
  const format = FORMATS[extname(output).toLowerCase()];
  if (format === undefined) {
    const legal = Object.keys(FORMATS).join(" ");
    throw new UsageError(
      `--output: expected a file name ending in one of ${legal}, an existing folder or "-", got ${JSON.stringify(output)}`,
    );
  }
  if (outputType !== "image" && format !== "npy") {
    throw new UsageError(
      `--output: expected an .npy file for --output-type ${outputType}, got ${JSON.stringify(output)}`,
    );
  }
  return { kind: "file", file: output, format };
}

/** Makes sure that files of so many bytes can be made where they are to go. Throws `ImageError`. */
export async function checkWritable(target: OutputTarget, bytes: number): Promise<void> {
  if (target.kind === "stdout") {
    return;
  }
  if (target.kind === "file" && statOf(target.file)?.isFile() === false) {
    return; // A device or pipe: nothing is made beside it.
  }
  const folder = target.kind === "file" ? dirname(target.file) : join(target.folder, ".");
  const quoted = JSON.stringify(folder);
  const stats = statOf(folder);
  if (stats?.isDirectory() !== true) {
    const what = stats === undefined ? "does not exist" : "is not a folder";
    throw new ImageError(`--output: the folder ${quoted} ${what}, expected an existing folder`);
  }
  const free = await freeBytes(folder);
  if (free < bytes) {
    throw new ImageError(
      `--output: the folder ${quoted} has ${formatSize(free)} left, expected at least ${formatSize(bytes)} for what is to be made`,
    );
  }
  // Trying is the only test that holds for every file system and user.
  const probe = temporaryName(join(folder, "kandinsky3"));
  try {
    await (await open(probe, "wx")).close();
    await rm(probe);
  } catch (thrown) {
    throw new ImageError(`--output: the folder ${quoted} cannot be written to: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

/** Which prompt of how many the pictures are of. */
export interface PromptPlace {
  readonly index: number;
  readonly count: number;
}

/** The names of `count` files. Arrays hold all pictures in one file. Several prompts share one row of numbers. */
export function namesFor(
  target: Exclude<OutputTarget, { readonly kind: "stdout" }>,
  prompt: string,
  seed: bigint,
  count: number,
  place: PromptPlace,
): string[] {
  const files = target.format === "npy" ? 1 : count;
  if (target.kind === "file") {
    const extension = extname(target.file);
    const names = numbered(target.file.slice(0, target.file.length - extension.length), extension, files * place.count);
    return names.slice(files * place.index, files * (place.index + 1));
  }
  const base = join(target.folder, `${slugOf(prompt)}-${seed}`);
  for (let attempt = 1; ; attempt++) {
    const names = numbered(attempt === 1 ? base : `${base}-${attempt}`, `.${target.format}`, files);
    if (!names.some((name) => existsSync(name))) {
      return names;
    }
  }
}

function numbered(base: string, extension: string, files: number): string[] {
  return Array.from({ length: files }, (_, index) => (files === 1 ? base : `${base}-${index}`) + extension);
}

/** The prompt's letters and digits, whatever their script, joined by dashes. */
function slugOf(prompt: string): string {
  const words = prompt.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let slug = "";
  for (const word of words) {
    const longer = slug === "" ? word : `${slug}-${word}`;
    if (Buffer.byteLength(longer) > SLUG_BYTES) {
      break;
    }
    slug = longer;
  }
  return slug === "" ? "picture" : slug;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (thrown) {
    // Not a folder on the way there: there is no such file.
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOTDIR") {
      return undefined;
    }
    throw new ImageError(`--output: ${JSON.stringify(path)} cannot be used: ${reasonOf(thrown)}`, { cause: thrown });
  }
}
