/** What the program knows of its own package: its version and the model that it brings. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The package's root, seen from `src/cli/` and from `dist/cli/` alike. */
const ROOT = new URL("../../", import.meta.url);

export const BUNDLED_MODEL = fileURLToPath(new URL("models/nano", ROOT));

export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")) as { version: string };
  return version;
}
