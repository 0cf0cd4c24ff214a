/** The published tarball, from the registry that npm is set to or from npm's own cache, checked against the pinned hash. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { npmPack } from "./npm.js";
import { PUBLISHED } from "./published.js";

/**
 * @param {string} folder
 * @returns {Promise<string>} the tarball's path in it
 */
export async function fetchPublished(folder) {
  const { name, version, integrity } = PUBLISHED;
  const path = join(folder, await npmPack(`${name}@${version}`, folder));
  const got = `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}`;
  if (got !== integrity) {
    throw new Error(`${name}@${version} from the registry is not what it was: expected ${integrity}, got ${got}`);
  }
  return path;
}
