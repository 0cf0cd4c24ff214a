import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileLock } from "./file-lock.js";
import { keptFile } from "./kept-file.js";

let folder = "";
let notes: string[] = [];
const onNote = (note: string): void => void notes.push(note);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kandinsky3-kept-"));
  notes = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("three that want it at once have it made once", async () => {
  let made = 0;
  const make = async (file: string): Promise<void> => {
    made++;
    await sleep(300);
    writeFileSync(file, "content");
  };
  const file = join(folder, "deep", "er", "file");
  const places = await Promise.all([1, 2, 3].map(() => keptFile(file, { make, onNote })));
  expect(places).toEqual([file, file, file]);
  expect(made).toBe(1);
  expect(notes.filter((note) => note.startsWith("another process is making"))).toHaveLength(2);
  expect(readdirSync(join(folder, "deep", "er")).sort()).toEqual(["file", "file.seal"]);
});

test("a disk that is full in the middle: what was begun goes, and the temporary folder is taken", async () => {
  const make = (file: string): Promise<void> => {
    if (file.startsWith(folder)) {
      writeFileSync(`${file}.partial`, "half");
      return Promise.reject(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }));
    }
    writeFileSync(file, "content");
    return Promise.resolve();
  };
  const place = await keptFile(join(folder, "file"), { make, onNote });
  expect(place.startsWith(folder)).toBe(false);
  expect(readFileSync(place, "utf8")).toBe("content");
  expect(notes).toEqual([
    expect.stringMatching(/cannot be kept \(ENOSPC.*goes on with a copy in the temporary folder/),
  ]);
  expect(readdirSync(folder)).toEqual([]);
});

test("what is wrong with the contents is thrown as it is", async () => {
  const make = (): Promise<void> => Promise.reject(new Error("a weight is not finite"));
  await expect(keptFile(join(folder, "file"), { make, onNote })).rejects.toThrow("a weight is not finite");
  expect(notes).toEqual([]);
  expect(existsSync(join(folder, "file.lock"))).toBe(false);
});

test("what nobody went on with for a day goes, and what may still be gone on with stays", async () => {
  const make = (file: string): Promise<void> => writeFile(file, "content");
  await keptFile(join(folder, "file"), { make, onNote });
  for (const name of [
    "old.unsealed",
    "old.unsealed.partial",
    "old.lock",
    "new.unsealed.partial",
    "held.unsealed.partial",
  ]) {
    writeFileSync(join(folder, name), "");
    const time = Date.now() / 1000 - (name.startsWith("new") ? 3600 : 90_000);
    utimesSync(join(folder, name), time, time);
  }
  const held = await FileLock.acquire(join(folder, "held.lock"), undefined, () => undefined);
  await keptFile(join(folder, "file"), { make, onNote });
  await held.release();
  expect(readdirSync(folder).sort()).toEqual(["file", "file.seal", "held.unsealed.partial", "new.unsealed.partial"]);
  expect(notes).toEqual([]);
});
