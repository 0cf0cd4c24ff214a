import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { processMark, removeLeftBehind } from "./process-mark.js";

const DAY = 86_400;
const mark = processMark();
const host = mark.slice(0, 8);
const dead = String(spawnSync(process.execPath, ["-e", ""]).pid);
const random = "0123456789ab.tmp";

function folderWith(names: Readonly<Record<string, number>>): string {
  const folder = mkdtempSync(join(tmpdir(), "kandinsky3-mark-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, ageSeconds] of Object.entries(names)) {
    const time = Date.now() / 1000 - ageSeconds;
    writeFileSync(join(folder, name), "");
    utimesSync(join(folder, name), time, time);
  }
  return folder;
}

test("every name is another one, and this process's own stay", async () => {
  const folder = folderWith({ [`.a.${processMark()}`]: 0, [`.a.${processMark()}`]: 0 });
  await removeLeftBehind(folder);
  expect(readdirSync(folder)).toHaveLength(2);
});

test("files, folders and links of processes that have ended go", async () => {
  const folder = folderWith({ [`.main.json.${host}-${dead}-${random}`]: 0 });
  mkdirSync(join(folder, `kandinsky3-plan-${host}-${dead}-${random}`, "deep"), { recursive: true });
  symlinkSync("nowhere", join(folder, `.link.${host}-${dead}-${random}`));
  await removeLeftBehind(folder);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["of a living process", `.a.${host}-${process.ppid}-${random}`, 3 * DAY],
  ["of another machine that may be at it", `.a.00000000-${dead}-${random}`, DAY],
  ["of this process, from just before it began by a file server's clock", `.a.${host}-${process.pid}-${random}`, 600],
  ["without a mark", `main.${dead}.tmp`, 30 * DAY],
  ["of other programs", `.a.${dead}-${random}`, 30 * DAY],
  ["whose name only begins so", `.a.${host}-${dead}-${random}.png`, 30 * DAY],
])("a file %s stays", async (_, name, age) => {
  const folder = folderWith({ [name]: age });
  await removeLeftBehind(folder);
  expect(readdirSync(folder)).toEqual([name]);
});

test.each([
  ["of another machine, untouched for more than a week", `.a.00000000-${process.pid}-${random}`, 8 * DAY],
  ["with this process's id, from long before it began", `.a.${host}-${process.pid}-${random}`, DAY],
])("a file %s goes", async (_, name, age) => {
  const folder = folderWith({ [name]: age });
  await removeLeftBehind(folder);
  expect(readdirSync(folder)).toEqual([]);
});

test("a folder that is not there is no error", async () => {
  await removeLeftBehind("/nowhere/at/all");
});
