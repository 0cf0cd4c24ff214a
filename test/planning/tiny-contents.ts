/** The tiny checkpoint as a repository of the Hub. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { diffusersFixture } from "../support/goldens.js";

export function tinyContents(): Record<string, Buffer> {
  const root = diffusersFixture("tiny");
  const files = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path)]));
}
