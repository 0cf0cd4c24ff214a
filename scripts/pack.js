/**
 * Packs anew what is kept packed in git (packs/packs.js says what), after a fixture was added, changed or removed in its place, or
 * the bundled model was trained again. Needs a build. A pack whose files are what they were stays as it is.
 *
 *   node scripts/pack.js [--root DIR] [--removed] [--quality N]
 *
 * DIR stands for the repository; --removed says that what is missing is to be forgotten; N is the quality of the compression, 11
 * (slow, small) unless given.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checksum, formatChecksums, parseChecksums, textOf } from "./packs/checksums.js";
import { decodePack } from "./packs/decode.js";
import { encodePack } from "./packs/encode.js";
import { filesToPack, PACKS } from "./packs/packs.js";
import { placesOf, readArguments, wholeWriter } from "./packs/places.js";

const { root, removed, quality } = readArguments({
  removed: { type: "boolean", default: false },
  quality: { type: "string", default: "11" },
});

const writeWhole = wholeWriter(root);

for (const pack of PACKS) {
  const places = placesOf(root, pack.name);
  const folder = join(root, pack.root);
  const files = new Map(
    filesToPack(pack, folder).map((path) => [`${pack.root}/${path}`, readFileSync(join(folder, path))]),
  );
  const checksums = formatChecksums(new Map([...files].map(([path, bytes]) => [path, checksum(bytes)])));
  const before = textOf(places.checksums);
  if (before === checksums) {
    console.log(`packs/${pack.name}.pack holds what is in ${pack.root}`);
    continue;
  }
  const missing = [...parseChecksums(before).keys()].filter((path) => !files.has(path));
  if (before !== textOf(places.unpacked) || (missing.length > 0 && !removed)) {
    const others = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
    const which = missing.length > 0 ? `missing: ${missing[0]}${others}` : "it is newer than what lies in its places";
    throw new Error(
      `packs/${pack.name}.pack has not been unpacked (${which}): run node scripts/unpack.js first, or give --removed for files that are to go`,
    );
  }
  const archive = await encodePack(pack, folder, Number(quality));
  const decoded = decodePack(archive);
  for (const [path, bytes] of files) {
    if (!decoded.get(path.slice(pack.root.length + 1))?.equals(bytes)) {
      throw new Error(`packs/${pack.name}.pack would not give back ${path}`);
    }
  }
  writeWhole(places.archive, archive);
  writeWhole(places.checksums, checksums);
  writeWhole(places.unpacked, checksums);
  console.log(`packs/${pack.name}.pack: ${files.size} files in ${archive.length} bytes`);
}
