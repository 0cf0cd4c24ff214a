/**
 * Packs anew what is kept packed in git (packs/packs.js says what), after a fixture was added, changed or removed in its place, or
 * the bundled model was trained again. Needs a build. A pack whose files are what they were stays as it is.
 *
 *   node scripts/pack.js [--root DIR] [--quality N]
 *
 * DIR stands for the repository; N is the quality of the compression, 11 (slow, small) unless given.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checksum, formatChecksums } from "./packs/checksums.js";
import { decodePack } from "./packs/decode.js";
import { encodePack } from "./packs/encode.js";
import { filesToPack, PACKS } from "./packs/packs.js";
import { placesOf, readArguments, writeWhole } from "./packs/places.js";

const { root, quality } = readArguments({ quality: { type: "string", default: "11" } });

for (const pack of PACKS) {
  const places = placesOf(root, pack.name);
  const folder = join(root, pack.root);
  const files = new Map(filesToPack(pack, folder).map((path) => [path, readFileSync(join(folder, path))]));
  const checksums = formatChecksums(
    new Map([...files].map(([path, bytes]) => [`${pack.root}/${path}`, checksum(bytes)])),
  );
  if (existsSync(places.archive) && readFileSync(places.checksums, "utf8") === checksums) {
    console.log(`packs/${pack.name}.pack holds what is in ${pack.root}`);
    continue;
  }
  const archive = await encodePack(pack, folder, Number(quality));
  const decoded = decodePack(archive);
  for (const [path, bytes] of files) {
    if (!decoded.get(path)?.equals(bytes)) {
      throw new Error(`packs/${pack.name}.pack would not give back ${pack.root}/${path}`);
    }
  }
  writeWhole(places.archive, archive);
  writeWhole(places.checksums, checksums);
  writeWhole(places.unpacked, checksums);
  console.log(`packs/${pack.name}.pack: ${files.size} files in ${archive.length} bytes`);
}
