/** What killed downloads left in the cache goes with the next one; what somebody may still want stays. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { FileLock } from "../../src/files/shared/file-lock.js";
import { temporaryName } from "../../src/files/shared/place-whole.js";
import { processSpace } from "../../src/files/shared/process-mark.js";
import { CacheLayout } from "../../src/hub/cache/cache-layout.js";
import { formatTree } from "../../src/hub/listing.js";
import { pullModel } from "../../src/hub/pull-model.js";
import { madeUpModel, TINY_NAME } from "./fake-hub.js";
import { startBench } from "./support.js";

const DAY = 86_400;
const dead = spawnSync(process.execPath, ["-e", ""]).pid;
const nameOfTheDead = (target: string): string => temporaryName(target).replace(`-${process.pid}-`, `-${dead}-`);
const [oldCommit, unread] = ["0123456789abcdef0123456789abcdef01234567", "f".repeat(40)];

function put(file: string, ageSeconds = 0, content = ""): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  const time = Date.now() / 1000 - ageSeconds;
  utimesSync(file, time, time);
  return file;
}

test.each(["fetched anew", "whole already"])("of a model that is %s", async (state) => {
  await using started = await startBench();
  const { hub, cache } = started;
  const commit = hub.publish(TINY_NAME, madeUpModel(1000));
  const layout = new CacheLayout(cache, TINY_NAME);
  if (state === "whole already") {
    await pullModel(started.client(), TINY_NAME);
  }
  const [sha, other, another] = ["a", "b", "c"].map((letter) => letter.repeat(64));
  put(layout.tree(unread), 0, "{");
  const oldFile = { path: "unet/old.bin", size: 9, hash: other ?? "", gitHash: "d".repeat(40) };
  put(layout.tree(oldCommit), 0, formatTree({ repository: TINY_NAME, commit: oldCommit, files: [oldFile] }));
  put(layout.blob(another ?? ""), DAY);
  const gone = [
    ...[layout.tree(commit), layout.ref("main"), layout.ref("pr/1"), layout.file(commit, "unet/config.json")].map(
      (file) => put(nameOfTheDead(file)),
    ),
    put(nameOfTheDead(join(cache, "CACHEDIR.TAG"))),
    put(layout.lock(sha ?? ""), 0, JSON.stringify({ pid: dead, host: processSpace(), id: "x" })),
    put(layout.incomplete(sha ?? ""), 2 * DAY),
    put(layout.incomplete(another ?? ""), 2 * DAY),
  ];
  const link = nameOfTheDead(join(layout.folder, "link"));
  symlinkSync("target", link);
  const held = (await FileLock.tryAcquire(layout.lock("e".repeat(64)))) ?? expect.fail();
  const kept = [
    put(temporaryName(layout.ref("main"))),
    put(layout.incomplete(other ?? ""), 9 * DAY),
    put(layout.incomplete("9".repeat(64)), DAY / 2),
    put(layout.incomplete("e".repeat(64)), 2 * DAY),
  ];
  await pullModel(started.client(), TINY_NAME);
  await held.release();
  expect(gone.filter((file) => existsSync(file))).toEqual([]);
  expect(readdirSync(layout.folder)).not.toContain(basename(link));
  expect(kept.filter((file) => !existsSync(file))).toEqual([]);
});
