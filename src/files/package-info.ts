/**
 * The version of the package. Both src/files and dist/files lie two folders below its root. Read without a schema: its only use in
 * most runs is `--version`, which should not wait for a library.
 */
import { readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

export function packageVersion(): string {
  const text = readFileSync(new URL("package.json", ROOT), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
