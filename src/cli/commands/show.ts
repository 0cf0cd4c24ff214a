/** `kandinsky3 show`: what made a picture, read from the picture. */
import { readFile, stat } from "node:fs/promises";
import type { Command } from "commander";
import { ImageError, KandinskyError, reasonOf } from "../../errors.js";
import { type PictureMetadata, readMetadata } from "../../image/metadata.js";
import { writeStdout } from "../stdout.js";

/** Far above every picture, and below what would fill the memory. */
const MAX_FILE_BYTES = 1 << 29;

export function addShow(program: Command): void {
  program
    .command("show")
    .description("print the settings that a picture carries")
    .argument("<picture>", "a PNG, JPEG or WebP file")
    .option("--json", "print the JSON settings only", false)
    .addHelpText("after", "\nExamples:\n  kandinsky3 show house.png\n  kandinsky3 show house.png --json | jq .seed")
    .action(show);
}

async function show(file: string, { json }: { readonly json: boolean }): Promise<void> {
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

async function metadataOf(file: string): Promise<Partial<PictureMetadata>> {
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
