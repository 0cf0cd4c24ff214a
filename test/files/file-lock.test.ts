/** The lock between processes: one owner at a time, and none after its owner is dead. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { FileLock, isHeld } from "../../src/files/shared/file-lock.js";
import { temporaryName } from "../../src/files/shared/place-whole.js";
import { processSpace } from "../../src/files/shared/process-mark.js";

let folder: string;
let file: string;
beforeEach(() => {
  const made = mkdtempSync(join(tmpdir(), "kandinsky3-lock-"));
  [folder, file] = [made, join(made, "x.lock")];
  onTestFinished(() => {
    rmSync(made, { recursive: true });
  });
});

/** A process id that belonged to a process which has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

function leaveLock(owner: object | string, ageSeconds = 0): void {
  writeFileSync(file, typeof owner === "string" ? owner : JSON.stringify(owner));
  const time = Date.now() / 1000 - ageSeconds;
  utimesSync(file, time, time);
}

test("one owner at a time; a waiting one gets it afterwards", async () => {
  const first = (await FileLock.tryAcquire(file)) ?? expect.fail();
  expect(await FileLock.tryAcquire(file)).toBeUndefined();
  expect(await isHeld(file)).toBe(true);
  let waits = 0;
  const second = FileLock.acquire(file, undefined, () => waits++);
  await sleep(300);
  await first.release();
  await (await second).confirm();
  expect(waits).toBe(1);
  await (await second).release();
  expect(readdirSync(folder)).toEqual([]);
});

test.each<[string, () => void]>([
  [
    "of a dead process",
    () => {
      leaveLock({ pid: deadPid(), host: processSpace(), id: "a" });
    },
  ],
  [
    "without a heartbeat for a minute",
    () => {
      leaveLock({ pid: process.pid, host: processSpace(), id: "a" }, 61);
    },
  ],
  [
    "of another machine, silent for a minute",
    () => {
      leaveLock({ pid: 1, host: "elsewhere", id: "a" }, 61);
    },
  ],
  [
    "never signed",
    () => {
      leaveLock("", 3);
    },
  ],
])("a lock %s is taken over at once", async (_name, leave) => {
  leave();
  const lock = (await FileLock.tryAcquire(file)) ?? expect.fail();
  await lock.confirm();
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test.each<[string, () => void]>([
  [
    "of a living process",
    () => {
      leaveLock({ pid: process.ppid, host: processSpace(), id: "a" });
    },
  ],
  [
    "of another machine with a heartbeat",
    () => {
      leaveLock({ pid: deadPid(), host: "elsewhere", id: "a" }, 30);
    },
  ],
  [
    "that is just being signed",
    () => {
      leaveLock("");
    },
  ],
])("a lock %s is left alone", async (_name, leave) => {
  leave();
  expect(await FileLock.tryAcquire(file)).toBeUndefined();
});

test("of many that find a dead owner's lock, one gets it", async () => {
  leaveLock({ pid: deadPid(), host: processSpace(), id: "a" });
  const locks = await Promise.all(Array.from({ length: 20 }, () => FileLock.tryAcquire(file)));
  const confirmed = await Promise.allSettled(locks.map((lock) => lock?.confirm() ?? Promise.reject(new Error("none"))));
  expect(confirmed.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("whoever lost the lock learns of it before writing on", async () => {
  const lock = (await FileLock.tryAcquire(file)) ?? expect.fail();
  leaveLock({ pid: process.ppid, host: processSpace(), id: "somebody else" });
  await expect(lock.confirm()).rejects.toThrow(/x\.lock was taken over by another process, expected to hold it/);
  await lock.release();
  expect(readdirSync(folder)).toEqual(["x.lock"]);
});

test("what a killed process had in its hands goes with the next owner; a living one's stays", async () => {
  const living = temporaryName(file);
  const dead = living.replace(`-${process.pid}-`, `-${deadPid()}-`);
  writeFileSync(dead, "");
  writeFileSync(living, "");
  const lock = (await FileLock.tryAcquire(file)) ?? expect.fail();
  await lock.release();
  expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([living]);
});
