/**
 * Puts in their places what is kept packed in git: the bundled model's weights and the arrays and weights of the tests. Part of the
 * build; needs dist/. Files that are right are left alone. One that is neither of this pack nor of the one before is moved to
 * packs/set-aside/, with a note.
 *
 *   node scripts/unpack.js [--root DIR]
 *
 * DIR stands for the repository.
 */
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { checksum, checksumOfFile, formatChecksums, parseChecksums, textOf } from "./packs/checksums.js";
import { decodePack } from "./packs/decode.js";
import { PACKS } from "./packs/packs.js";
import { placesOf, readArguments, wholeWriter } from "./packs/places.js";

const { root } = readArguments();
const writeWhole = wholeWriter(root);
const setAside = new Date().toISOString().replaceAll(":", "-");

for (const pack of PACKS) {
  unpack(pack, placesOf(root, pack.name));
}

function unpack(pack, places) {
  const wanted = readFileSync(places.checksums, "utf8");
  const before = parseChecksums(textOf(places.unpacked));
  const expected = parseChecksums(wanted);
  const present = new Map(
    [...expected.keys(), ...before.keys()].map((path) => [path, checksumOfFile(join(root, path))]),
  );
  const wrong = [...expected].filter(([path, sum]) => present.get(path) !== sum);
  if (wrong.length > 0) {
    const files = decode(pack, places.archive, expected);
    const changed = wrong
      .map(([path]) => path)
      .filter((path) => present.get(path) !== undefined && present.get(path) !== before.get(path));
    for (const path of changed) {
      moveAside(path, places.setAside);
    }
    if (changed.length > 0) {
      const others = changed.length > 1 ? ` and ${changed.length - 1} more` : "";
      console.warn(
        `${changed[0]}${others} differed from packs/${pack.name}.pack: moved to packs/set-aside/${setAside}. ` +
          "What is changed in its place is packed by scripts/pack.js, before the next build.",
      );
    }
    for (const [path] of wrong) {
      writeWhole(join(root, path), files.get(path));
    }
  }
  for (const [path, sum] of before) {
    if (!expected.has(path) && present.get(path) === sum) {
      rmSync(join(root, path));
    }
  }
  if (formatChecksums(before) !== wanted) {
    writeWhole(places.unpacked, wanted);
  }
}

/** The files by their paths below the root, each checked. */
function decode(pack, archive, expected) {
  const files = new Map();
  try {
    for (const [path, bytes] of decodePack(readFileSync(archive))) {
      files.set(`${pack.root}/${path}`, bytes);
    }
  } catch (error) {
    throw new Error(`${archive} cannot be unpacked: ${error.message}`, { cause: error });
  }
  for (const [path, sum] of expected) {
    const found = files.has(path) ? checksum(files.get(path)) : "no such file";
    if (found !== sum) {
      throw new Error(`${archive} holds for ${path}: ${found}, expected the SHA-256 ${sum} of ${pack.name}.sha256`);
    }
  }
  return files;
}

function moveAside(path, folder) {
  const target = join(folder, setAside, path);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(join(root, path), target);
}
