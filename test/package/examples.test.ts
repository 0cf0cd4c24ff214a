/** Every example runs as it is, from any folder. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { readMetadata } from "../../src/image/metadata/metadata.js";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kandinsky3-examples-"));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const FILES: Readonly<Record<string, readonly string[]>> = {
  "text-to-image.js": ["house.png"],
  "image-to-image.js": ["before-and-after.jpg"],
  "inpaint.js": ["house-and-tree.png", "wide.webp"],
  "events.js": ["image-0.png", "image-1.png"],
};

test("each has its test", () => {
  expect(readdirSync(EXAMPLES).filter((name) => name.endsWith(".js"))).toEqual(Object.keys(FILES).sort());
});

test.each(Object.entries(FILES))("%s", { timeout: 120_000 }, (name, files) => {
  execFileSync(process.execPath, [join(EXAMPLES, name)], { cwd: folder, stdio: "pipe" });
  for (const file of files) {
    expect(existsSync(join(folder, file)), file).toBe(true);
  }
  if (files[0] === "house.png") {
    expect(readMetadata(readFileSync(join(folder, "house.png"))).settings).toMatchObject({ seed: "1" });
  }
});
