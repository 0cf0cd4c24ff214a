/**
 * Folders that must not outlive the process: half-written results, and tensors copied out of files that cannot be mapped. They go
 * when the process ends, also by a signal that nobody else listens for; those of a killed process go when the next one makes its own.
 */
import { rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onDisk } from "../disk.js";
import { processMark, removeLeftBehind } from "./process-mark.js";

const live = new Set<string>();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let watching = false;

/** Makes a folder inside `parent` and returns its path. */
export async function temporaryFolder(parent: string, prefix: string): Promise<string> {
  watchExit();
  await removeLeftBehind(parent);
  const folder = join(parent, `${prefix}${processMark()}`);
  await mkdir(folder);
  live.add(folder);
  return folder;
}

/** A folder in the system's place for such. Throws `HubError` where nothing can be written there. */
export async function systemFolder(purpose: string): Promise<string> {
  const parent = tmpdir();
  return onDisk(`the temporary folder ${parent} (TMPDIR names another)`, () =>
    temporaryFolder(parent, `kandinsky3-${purpose}-`),
  );
}

/** `systemFolder` for the time of a scope: `await using scratch = await scratchFolder("plan")`. */
export async function scratchFolder(purpose: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await systemFolder(purpose);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true });
      forgetTemporaryFolder(path);
    },
  };
}

/** Takes the folder out of what is removed at the end: it has been removed, or has become something that stays. */
export function forgetTemporaryFolder(folder: string): void {
  live.delete(folder);
}

function removeAll(): void {
  for (const folder of live) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // The process is ending; there is nobody left to tell and nothing else to do about it.
    }
  }
  live.clear();
}

function watchExit(): void {
  if (watching) {
    return;
  }
  watching = true;
  process.on("exit", removeAll);
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      // Whoever else listens decides how the process ends, and "exit" follows.
      if (process.listenerCount(signal) === 0) {
        removeAll();
        process.kill(process.pid, signal);
      }
    });
  }
}
