/** Where the packs and what comes out of them lie below the repository's root, and how a file gets there whole or not at all. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The root that `--root` names, else the repository's, and the other options.
 *
 * @param {Record<string, { type: "string" | "boolean", default: string | boolean }>} [options]
 */
export function readArguments(options = {}) {
  const { root, ...others } = parseArgs({
    options: { root: { type: "string", default: REPOSITORY }, ...options },
  }).values;
  return { root: resolve(root), ...others };
}

/**
 * @param {string} root
 * @param {string} name of the pack
 */
export function placesOf(root, name) {
  return {
    archive: join(root, "packs", `${name}.pack`),
    checksums: join(root, "packs", `${name}.sha256`),
    /** The checksums of what was put in place last: such a file may be replaced, one that was changed since is somebody's work. */
    unpacked: join(root, "packs", "unpacked", `${name}.sha256`),
    setAside: join(root, "packs", "set-aside"),
  };
}

/**
 * Writes files whole: first into a folder that git ignores, so that no part of a model lies about when the process is killed.
 *
 * @param {string} root
 * @returns {(path: string, content: string | Buffer) => void}
 */
export function wholeWriter(root) {
  const folder = join(root, "packs", "unpacked");
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const owner = /^(\d+)\.partial$/.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) {
      rmSync(join(folder, name), { force: true });
    }
  }
  const partial = join(folder, `${process.pid}.partial`);
  return (path, content) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(partial, content);
    renameSync(partial, path);
  };
}

/** @param {number} owner */
function isRunning(owner) {
  try {
    return process.kill(owner, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}
