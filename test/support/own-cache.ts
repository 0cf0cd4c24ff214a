/** Every test file has a cache of its own: nothing is taken from the user's, and nothing from another file's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-cache-"));
process.env["KANDINSKY3_CACHE"] = folder;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
