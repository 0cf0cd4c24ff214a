import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AbortedError, ImageError } from "../../errors.js";
import { removeTemporaryFiles } from "./place-whole.js";
import { writeAtomically } from "./write-atomically.js";

let folder = "";
const bytes = Buffer.from("the new content");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kandinsky3-write-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("writes new files and replaces old ones, with their mode, leaving nothing else", async () => {
  const file = join(folder, "a.png");
  await writeAtomically(file, Buffer.from("old"));
  chmodSync(file, 0o640);
  await writeAtomically(file, bytes);
  expect(readFileSync(file)).toEqual(bytes);
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toEqual(["a.png"]);
});

test("writes through a link", async () => {
  writeFileSync(join(folder, "real.png"), "old");
  symlinkSync("real.png", join(folder, "link.png"));
  await writeAtomically(join(folder, "link.png"), bytes);
  expect(lstatSync(join(folder, "link.png")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, "real.png"))).toEqual(bytes);
});

test.skipIf(process.platform === "win32")("a device stays a device", async () => {
  await writeAtomically("/dev/null", bytes);
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

test("a name as long as the file system allows", async () => {
  const file = join(folder, `${"к".repeat(125)}.png`);
  await writeAtomically(file, bytes);
  expect(readFileSync(file)).toEqual(bytes);
});

test("failures are one sentence with file and reason, and leave nothing behind", async () => {
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "plain"), "");
  for (const [name, reason] of [
    ["nowhere/a.png", "does not exist"],
    ["sub", "it is a folder"],
    ["plain/a.png", "is not a folder"],
    ["x".repeat(300), "the name is too long"],
  ] as const) {
    const file = join(folder, name);
    const failure: unknown = await writeAtomically(file, bytes).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(ImageError);
    expect(String(failure)).toContain(JSON.stringify(file));
    expect(String(failure)).toContain(reason);
  }
  expect(readdirSync(folder).sort()).toEqual(["plain", "sub"]);
});

// The device that is always full stands for a full disk; not every system has it.
test.skipIf(!existsSync("/dev/full"))("a full disk is named", async () => {
  await expect(writeAtomically("/dev/full", bytes)).rejects.toThrow('"/dev/full" cannot be written: the disk is full');
});

test("an abort leaves the old file", async () => {
  const file = join(folder, "a.png");
  writeFileSync(file, "old");
  const controller = new AbortController();
  const writing = writeAtomically(file, Buffer.alloc(1 << 22), controller.signal);
  controller.abort();
  await expect(writing).rejects.toThrow(AbortedError);
  await expect(writeAtomically(file, bytes, controller.signal)).rejects.toThrow(AbortedError);
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["a.png"]);
});

test("temporary files of a write under way can be removed at once", async () => {
  const writing = writeAtomically(join(folder, "a.png"), Buffer.alloc(1 << 26)).catch((thrown: unknown) => thrown);
  while (!readdirSync(folder).some((name) => name.endsWith(".tmp"))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  removeTemporaryFiles();
  expect(readdirSync(folder)).toEqual([]);
  expect(await writing).toBeInstanceOf(ImageError);
  expect(readdirSync(folder)).toEqual([]);
});
