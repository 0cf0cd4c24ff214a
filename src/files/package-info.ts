/**
 * What the package says of itself. Both src/files and dist/files lie two folders below its root. Read without a schema: its only use in
 * most runs is `--version`, which should not wait for a library.
 */
import { readFileSync } from "node:fs";

const ROOT = new URL("../../", import.meta.url);

interface Manifest {
  readonly version: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function packageVersion(): string {
  return readManifest().version;
}

/** The packages that a server needs beside the package's own, with their ranges. */
export function serverPackages(): ReadonlyMap<string, string> {
  return new Map(Object.entries(readManifest().peerDependencies ?? {}));
}

function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")) as Manifest;
}
