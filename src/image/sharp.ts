/**
 * sharp, the library with the codecs, loaded where a picture is first read or written: everything else works where its native part
 * does not load, and starts sooner.
 */
import type * as Module from "sharp";
import { ImageError, reasonOf } from "../errors.js";

type Sharp = typeof Module.default;

let loaded: Promise<Sharp> | undefined;

/** Throws `ImageError`, which names the command that repairs the package. */
export function loadSharp(): Promise<Sharp> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Sharp> {
  try {
    return (await import("sharp")).default;
  } catch (thrown) {
    const reason = reasonOf(thrown).trim().split("\n", 1)[0] ?? "";
    throw new ImageError(
      `pictures cannot be read or written: the package sharp does not load on ${process.platform} ${process.arch} (${reason}); this installs it for this system: npm install --include=optional sharp`,
      { cause: thrown },
    );
  }
}
