/** Lists of checksums, as `sha256sum` writes and checks them: `sha256sum --check packs/nano.sha256` in the repository's root. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

/** @param {Buffer} bytes */
export function checksum(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * @param {string} path
 * @returns {string | undefined} nothing for a file that is not there
 */
export function checksumOfFile(path) {
  return existsSync(path) ? checksum(readFileSync(path)) : undefined;
}

/** @param {ReadonlyMap<string, string>} checksums by path */
export function formatChecksums(checksums) {
  return [...checksums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, sum]) => `${sum}  ${path}\n`)
    .join("");
}

/**
 * @param {string} text
 * @returns {Map<string, string>} by path
 */
export function parseChecksums(text) {
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
}

/**
 * @param {string} path of a list
 * @returns {string} nothing for one that is not there
 */
export function textOf(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
