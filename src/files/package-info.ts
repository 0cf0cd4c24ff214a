/** The version of the package. Both src/files and dist/files lie two folders below its root. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const ROOT = new URL("../../", import.meta.url);

export function packageVersion(): string {
  const text = readFileSync(new URL("package.json", ROOT), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
