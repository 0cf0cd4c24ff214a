/**
 * Puts this machine's engine into the clone, as `onnxruntime/<platform>/`. Runs on installation; does nothing where the engine is
 * there already, and on a machine that has none, where everything but the networks works without it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isCurrent, writeEnginePackage } from "./engine/engine-package.js";
import { PLATFORMS, platformName } from "./engine/published.js";
import { fetchPublished } from "./engine/published-tarball.js";

const platform = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
if (platform !== undefined) {
  const folder = fileURLToPath(new URL(`../onnxruntime/${platformName(platform)}`, import.meta.url));
  if (!isCurrent(platform, folder)) {
    const temporary = mkdtempSync(join(tmpdir(), "kandinsky3-engine-"));
    try {
      await writeEnginePackage(await fetchPublished(temporary), platform, folder);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
}
