/**
 * Writes every tarball of a release into a folder: `kandinsky3`, and one package for each platform with its engine.
 *
 *     npm run release:pack -- DIR [--without-engines]
 *
 * What is released differs from the clone in its manifest alone: engines are optional dependencies, of which an installer takes
 * the one for its platform, and nothing runs on installation.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeEnginePackage } from "./engine/engine-package.js";
import { npmPack } from "./engine/npm.js";
import { packageName, PLATFORMS, platformName, PUBLISHED } from "./engine/published.js";
import { fetchPublished } from "./engine/published-tarball.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

function releasedManifest() {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  // The clone is private, so that nobody publishes the tarball with one engine that it packs for this machine.
  for (const key of ["private", "scripts", "devDependencies"]) {
    delete manifest[key];
  }
  // One by one: tools that trace files follow no pattern into a package.
  delete manifest.imports["#engine/*"];
  const engines = PLATFORMS.map((platform) => [`#engine/${platformName(platform)}`, packageName(platform)]);
  return {
    ...manifest,
    files: manifest.files.filter((name) => name !== "onnxruntime"),
    imports: { ...manifest.imports, ...Object.fromEntries(engines) },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [packageName(platform), PUBLISHED.version])),
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "without-engines": { type: "boolean", default: false } },
});
const [destination] = positionals;
if (destination === undefined) {
  throw new Error("usage: npm run release:pack -- DIR [--without-engines]");
}
const out = resolve(destination);
mkdirSync(out, { recursive: true });
const temporary = mkdtempSync(join(tmpdir(), "kandinsky3-release-"));
try {
  const folders = [join(temporary, "kandinsky3")];
  const manifest = releasedManifest();
  for (const name of [...manifest.files, "README.md", "LICENSE"]) {
    cpSync(join(ROOT, name), join(temporary, "kandinsky3", name), { recursive: true });
  }
  writeFileSync(join(temporary, "kandinsky3", "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  if (!values["without-engines"]) {
    const published = await fetchPublished(temporary);
    for (const platform of PLATFORMS) {
      const folder = join(temporary, platformName(platform));
      await writeEnginePackage(published, platform, folder);
      folders.push(folder);
    }
  }
  const names = await Promise.all(folders.map((folder) => npmPack(folder, out)));
  console.log(names.map((name) => join(out, name)).join("\n"));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
