/** Where results go: the name, the format and the folder are settled before any work is done. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ImageError, reasonOf, UsageError } from "../errors.js";
import type { PictureFormat } from "../image/encode.js";

export type OutputFormat = PictureFormat | "npy";

const FORMATS: ReadonlyMap<string, OutputFormat> = new Map([
  [".png", "png"],
  [".jpg", "jpeg"],
  [".jpeg", "jpeg"],
  [".webp", "webp"],
  [".npy", "npy"],
]);

const LONGEST_SLUG = 40;

export type OutputTarget =
  | { readonly kind: "stdout"; readonly format: OutputFormat }
  | { readonly kind: "file"; readonly path: string; readonly format: OutputFormat }
  /** A name made of prompt and seed, in a folder; files that are there stay. */
  | { readonly kind: "folder"; readonly path: string; readonly format: OutputFormat };

/** Reads `--output`. Throws `UsageError` for a format that does not fit, `ImageError` for a folder that cannot be written. */
export function parseOutput(output: string | undefined, outputType: "image" | "latent", images: number): OutputTarget {
  const natural = outputType === "latent" ? "npy" : "png";
  if (output === "") {
    throw new UsageError("--output is empty, expected a file, a folder or -");
  }
  if (output === "-") {
    if (images > 1 && natural !== "npy") {
      throw new UsageError(`--output - takes one picture, got --num-images ${images}`);
    }
    return { kind: "stdout", format: natural };
  }
  if (output === undefined || isFolder(output) || output.endsWith("/")) {
    const path = resolve(output ?? ".");
    checkWritable(path);
    return { kind: "folder", path, format: natural };
  }
  const extension = extname(output).toLowerCase();
  const format = FORMATS.get(extension);
  if (format === undefined) {
    const legal = [...FORMATS.keys()].join(", ");
    throw new UsageError(
      `--output ${output} ends in ${extension === "" ? "no extension" : extension}, expected one of ${legal}`,
    );
  }
  if (outputType === "latent" && format !== "npy") {
    throw new UsageError(`--output ${output} cannot hold latents, expected .npy`);
  }
  const path = resolve(output);
  checkWritable(dirname(path));
  return { kind: "file", path, format };
}

/** The paths of `count` results: `name.png`, or `name-0.png`, `name-1.png`, … */
export function resultPaths(
  target: Exclude<OutputTarget, { kind: "stdout" }>,
  prompt: string,
  seed: bigint,
  count: number,
): readonly string[] {
  if (target.kind === "file") {
    return numbered(target.path, count);
  }
  const extension = target.format === "jpeg" ? "jpg" : target.format;
  const stem = `${slug(prompt)}-${seed.toString()}`;
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? stem : `${stem}-${attempt}`;
    const paths = numbered(join(target.path, `${name}.${extension}`), count);
    if (!paths.some((path) => existsSync(path))) {
      return paths;
    }
  }
}

function numbered(path: string, count: number): readonly string[] {
  if (count === 1) {
    return [path];
  }
  const extension = extname(path);
  const stem = join(dirname(path), basename(path, extension));
  return Array.from({ length: count }, (_, index) => `${stem}-${index}${extension}`);
}

function slug(prompt: string): string {
  const words = prompt.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return words.slice(0, LONGEST_SLUG).replace(/^-+|-+$/g, "") || "picture";
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function checkWritable(folder: string): void {
  if (!isFolder(folder)) {
    throw new ImageError(`${folder}: no such folder, expected one to write to`);
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new ImageError(`${folder}: cannot be written to (${reasonOf(error)})`, { cause: error });
  }
}
