/** What a clone brings: the sizes of the files that git has, as they are and as blocks of a disk. */
import { execFileSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MIB = 2 ** 20;
const LIMIT = 45 * MIB;
const BLOCK = 4096;

test("the tree is smaller than 45 MiB", () => {
  const sizes = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" })
    .split("\0")
    .filter(Boolean)
    .map((path) => lstatSync(join(ROOT, path)).size);
  expect(sizes.length).toBeGreaterThan(100);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const blocks = sizes.reduce((sum, size) => sum + Math.ceil(size / BLOCK) * BLOCK, 0);
  expect(bytes, `${(bytes / MIB).toFixed(2)} MiB`).toBeLessThan(LIMIT);
  expect(blocks, `${(blocks / MIB).toFixed(2)} MiB in blocks`).toBeLessThan(LIMIT);
});
