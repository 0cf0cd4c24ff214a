/** What the command line knows of its own package. Both src/cli and dist/cli lie two folders below its root. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const ROOT = new URL("../../", import.meta.url);

/** The model that is used when none is named. */
export const BUNDLED_MODEL = fileURLToPath(new URL("models/nano", ROOT));

export function packageVersion(): string {
  const text = readFileSync(new URL("package.json", ROOT), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
