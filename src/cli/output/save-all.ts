/** Files of a run to the disk. What was made is never lost: what cannot be saved where it belongs goes into the temporary folder. */
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { AbortedError, ImageError, reasonOf } from "../../errors.js";
import { writeAtomically } from "../../files/shared/write-atomically.js";

type Encode = () => Promise<Uint8Array>;

/** Writes each, and returns the names. Throws one `ImageError` that says where those lie which could not be saved under theirs. */
export async function saveAll(
  names: readonly string[],
  contents: readonly Encode[],
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [index, encode] of contents.entries()) {
    const name = names[index] ?? "";
    const bytes = await encode();
    try {
      await writeAtomically(name, bytes, signal);
    } catch (thrown) {
      if (thrown instanceof AbortedError) {
        throw thrown;
      }
      problems.push(await rescue(name, bytes, thrown));
    }
  }
  if (problems.length > 0) {
    throw new ImageError(problems.join("; "));
  }
  return [...names];
}

async function rescue(name: string, bytes: Uint8Array, thrown: unknown): Promise<string> {
  const extension = extname(name);
  const unique = `${basename(name, extension)}-${randomBytes(3).toString("hex")}${extension}`;
  const place = join(tmpdir(), unique);
  try {
    await writeAtomically(place, bytes);
    return `${reasonOf(thrown)}; it is saved as ${place} instead`;
  } catch (again) {
    return `${reasonOf(thrown)}; nor could it be saved elsewhere: ${reasonOf(again)}`;
  }
}
