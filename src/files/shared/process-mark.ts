/**
 * Which process a file belongs to that must not outlive it. The mark stands in the file's name, so that the next run that uses the folder can
 * tell what a killed process left from what another one is writing, also where several machines share the folder.
 */
import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ageOf, codeOf } from "../disk.js";

/** Nobody here can ask whether a process of another machine lives; what it has not touched for this long it has left behind. */
const FOREIGN_MS = 7 * 24 * 3_600_000;
/** How far the clocks of this machine and of a file server may be apart. */
const CLOCK_MS = 3_600_000;

const MARK = /(?:^|[.-])(?<host>[0-9a-f]{8})-(?<pid>[1-9]\d*)-[0-9a-f]{12}\.tmp$/;

/** One text for all processes that can ask each other's ids: containers may share a host's name, and do not share its process ids. */
export function processSpace(): string {
  return `${hostname()}${processNamespace()}`;
}

/** An ending for names, another one at every call. */
export function processMark(): string {
  const host = createHash("sha256").update(processSpace()).digest("hex").slice(0, 8);
  return `${host}-${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

/** Removes what processes that have ended left in the folder under names of theirs. What cannot be removed stays for whoever can. */
export async function removeLeftBehind(folder: string): Promise<void> {
  const own = processMark().slice(0, 8);
  const names = await readdir(folder).catch((): string[] => []); // Nothing can be seen there, so nothing is removed.
  for (const name of names) {
    const mark = MARK.exec(name)?.groups;
    const place = join(folder, name);
    if (mark !== undefined && (await isLeftBehind(place, mark["host"] === own, Number(mark["pid"])))) {
      await rm(place, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

async function isLeftBehind(place: string, isOfThisSpace: boolean, pid: number): Promise<boolean> {
  if (isOfThisSpace && !isAlive(pid)) {
    return true;
  }
  const age = (await ageOf(place).catch(() => undefined)) ?? 0; // It is gone, or cannot be looked at.
  if (!isOfThisSpace) {
    return age > FOREIGN_MS;
  }
  // A restarted container may have given this process the id of the one that was killed.
  return pid === process.pid && age > process.uptime() * 1000 + CLOCK_MS;
}

/** Whether a process of this process space has that id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) === "EPERM";
  }
}

function processNamespace(): string {
  try {
    return ` ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return ""; // Not every system has them.
  }
}
