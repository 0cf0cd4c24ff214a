/**
 * Writes docs/api.md from the comments of what the library exports: `node scripts/api-docs.js`. With `--check` it writes nothing
 * and fails where the page is stale.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(ROOT, "docs", "api.md");

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-api-"));
try {
  // By Node, since a `.bin` file is a shell script on one system and a batch file on another.
  const typedoc = fileURLToPath(import.meta.resolve("typedoc")).replace(/dist[\\/]index\.js$/, join("bin", "typedoc"));
  execFileSync(process.execPath, [typedoc, "--out", folder, "--logLevel", "Warn"], { cwd: ROOT, stdio: "inherit" });
  const page = readFileSync(join(folder, "api.md"), "utf8");
  if (!process.argv.includes("--check")) {
    writeFileSync(PAGE, page);
  } else if (readFileSync(PAGE, "utf8") !== page) {
    console.error("docs/api.md is stale: npm run docs");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
