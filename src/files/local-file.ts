/**
 * Looking at paths of a model folder and reading bounded parts of files. Links are followed and paths stay as given, since the
 * Hugging Face cache consists of links whose own names, not their targets', say what a file is.
 */
import { open, readlink, stat, type FileHandle } from "node:fs/promises";
import { reasonOf } from "../errors.js";
import { quoted } from "../text/quote.js";

/** What is wrong with a path, as the rest of a sentence that begins with it; callers add which path it is. */
export class FileProblem extends Error {}

export type PathKind = "file" | "folder" | "other" | "missing";

/** What a path leads to. Throws `FileProblem` for a dangling link and for what cannot be looked at. */
export async function pathKind(path: string): Promise<PathKind> {
  return (await lookAt(path)).kind;
}

/** Size of a regular file. Throws `FileProblem` for anything else: opening a pipe, for one, would wait forever. */
export async function fileSize(path: string): Promise<number> {
  const { kind, size } = await lookAt(path);
  if (kind !== "file") {
    throw new FileProblem(kind === "missing" ? "does not exist" : `is ${article(kind)}, expected a file`);
  }
  return size;
}

/** Opens a regular file, hands it and its size to `use`, and closes it again. */
export async function withFile<Result>(
  path: string,
  use: (handle: FileHandle, size: number) => Promise<Result>,
): Promise<Result> {
  const size = await fileSize(path);
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    throw new FileProblem(`cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  try {
    return await use(handle, size);
  } finally {
    await handle.close();
  }
}

/** Exactly `length` bytes from `offset`. */
export async function readBytes(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const bytesRead = await readSome(handle, bytes, filled, offset + filled);
    if (bytesRead === 0) {
      throw new FileProblem(`ends at byte ${offset + filled}, expected ${offset + length} or more`);
    }
    filled += bytesRead;
  }
  return bytes;
}

/** A whole file of at most `limit` bytes. */
export async function readSmallFile(path: string, limit: number): Promise<Uint8Array> {
  return withFile(path, async (handle, size) => {
    if (size > limit) {
      throw new FileProblem(`has ${size} bytes, expected at most ${limit}`);
    }
    return readBytes(handle, 0, size);
  });
}

async function readSome(handle: FileHandle, bytes: Uint8Array, filled: number, position: number): Promise<number> {
  try {
    return (await handle.read(bytes, filled, bytes.length - filled, position)).bytesRead;
  } catch (error) {
    throw new FileProblem(`cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

async function lookAt(path: string): Promise<{ kind: PathKind; size: number }> {
  try {
    const found = await stat(path);
    return { kind: found.isFile() ? "file" : found.isDirectory() ? "folder" : "other", size: found.size };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOENT" && code !== "ENOTDIR") {
      throw new FileProblem(`cannot be read: ${reasonOf(error)}`, { cause: error });
    }
    const target = await linkTarget(path);
    if (target !== undefined) {
      throw new FileProblem(`is a link to ${quoted(target)}, which does not exist`, { cause: error });
    }
    return { kind: "missing", size: 0 };
  }
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined; // No link: then the path itself is what is missing.
  }
}

/** `a folder`, for messages. */
export function article(kind: PathKind): string {
  switch (kind) {
    case "file":
      return "a file";
    case "folder":
      return "a folder";
    case "other":
      return "neither a file nor a folder";
    case "missing":
      return "missing";
  }
}
