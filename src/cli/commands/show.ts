/** `kandinsky3 show`: the settings that a picture carries. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { ImageError, reasonOf } from "../../errors.js";
import { readMetadata } from "../../image/metadata.js";

export function registerShow(program: Command): void {
  program
    .command("show")
    .description("print the settings that a picture carries")
    .argument("<picture>", "a PNG, JPEG or WebP file")
    .option("--json", "print the JSON alone", false)
    .action(async (picture: string, { json }: { json: boolean }) => {
      await show(picture, json);
    });
}

async function show(picture: string, json: boolean): Promise<void> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(picture);
  } catch (error) {
    throw new ImageError(`${picture}: cannot be read (${reasonOf(error)})`, { cause: error });
  }
  const { parameters, settings } = readMetadata(bytes);
  if (json ? settings === undefined : parameters === undefined && settings === undefined) {
    throw new ImageError(`${picture}: carries no settings${json ? " of kandinsky3" : ""}`);
  }
  const parts = [json ? undefined : parameters, settings === undefined ? undefined : JSON.stringify(settings, null, 2)];
  process.stdout.write(`${parts.filter((part) => part !== undefined).join("\n\n")}\n`);
}
