/** `kandinsky3 show`: what made a picture, read from the picture; or what the cache holds of a model. */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Command } from "commander";
import { HubError, ImageError, KandinskyError, reasonOf } from "../../errors.js";
import { CacheLayout } from "../../hub/cache/cache-layout.js";
import { cachedModel } from "../../hub/cache/cached-models.js";
import { hubEnvironment } from "../../hub/environment.js";
import { type ImageMetadata, readMetadata } from "../../image/metadata/metadata.js";
import { repositoryOf } from "../../loading/resolve-model.js";
import { formatCachedModel } from "../output/cached-model-text.js";
import { writeStdout } from "../output/stdout.js";

/** Far above every picture, and below what would fill the memory. */
const MAX_FILE_BYTES = 1 << 29;
/** A name that ends like this means a picture, although `folder/house.png` could be a name on the Hub. */
const PICTURE_NAME = /\.(?:png|jpe?g|webp)$/i;

export function addShow(command: Command): void {
  command
    .argument("<picture|model>", "a PNG, JPEG or WebP file, or a model's name on the Hub")
    .option("--json", "print JSON only", false)
    .addHelpText(
      "after",
      "\nExamples:\n  kandinsky3 show house.png\n  kandinsky3 show house.png --json | jq .seed\n  kandinsky3 show kandinsky-3",
    )
    .action(show);
}

async function show(subject: string, { json }: { readonly json: boolean }): Promise<void> {
  const repository = PICTURE_NAME.test(subject) || existsSync(subject) ? undefined : repositoryOf(subject);
  await (repository === undefined ? showPicture(subject, json) : showModel(repository, json));
}

async function showModel(repository: string, json: boolean): Promise<void> {
  const layout = new CacheLayout(hubEnvironment().cacheFolder, repository);
  const model = await cachedModel(layout);
  if (model === undefined) {
    throw new HubError(
      `${repository} is not in the cache ${layout.cacheFolder}; this fetches it: kandinsky3 pull ${repository}`,
    );
  }
  await writeStdout(json ? `${JSON.stringify(model, null, 2)}\n` : formatCachedModel(model));
}

async function showPicture(file: string, json: boolean): Promise<void> {
  const { parameters, settings } = await metadataOf(file);
  if (settings === undefined && (json || parameters === undefined)) {
    const what = parameters === undefined ? "no metadata" : "no settings of kandinsky3";
    throw new ImageError(`${JSON.stringify(file)} carries ${what}, expected a picture made by kandinsky3`);
  }
  const blocks = [
    ...(json || parameters === undefined ? [] : [printable(parameters)]),
    ...(settings === undefined ? [] : [printable(JSON.stringify(settings, null, 2))]),
  ];
  await writeStdout(`${blocks.join("\n\n")}\n`);
}

async function metadataOf(file: string): Promise<Partial<ImageMetadata>> {
  try {
    const stats = await stat(file);
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) {
      const got = stats.isDirectory() ? "a folder" : stats.isFile() ? `${stats.size} bytes` : "something else";
      throw new ImageError(`expected a file of at most ${MAX_FILE_BYTES} bytes, got ${got}`);
    }
    return readMetadata(await readFile(file));
  } catch (thrown) {
    if (thrown instanceof KandinskyError) {
      throw new ImageError(`${JSON.stringify(file)}: ${thrown.message}`, { cause: thrown });
    }
    const missing = thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
    const reason = missing ? "there is no such file" : reasonOf(thrown);
    throw new ImageError(`${JSON.stringify(file)} cannot be read: ${reason}`, { cause: thrown });
  }
}

/** Pictures come from strangers: their control characters must not reach the terminal. Line ends and tabs may. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) =>
    character === "\n" || character === "\t"
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
