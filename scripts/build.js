/**
 * Compiles the sources into an empty dist/, so that a removed source file leaves no stale output in the package, and makes the
 * command a program: npm does so once, when it links the command, but each build writes the file anew. Then the studio's page, dist/web/.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const COMPILER = createRequire(import.meta.url).resolve("typescript/bin/tsc");

rmSync(`${ROOT}dist`, { recursive: true, force: true });
execFileSync(process.execPath, [COMPILER, "-p", "tsconfig.build.json"], { cwd: ROOT, stdio: "inherit" });
chmodSync(`${ROOT}dist/cli/main.js`, 0o755);
execFileSync(process.execPath, [`${ROOT}node_modules/vite/bin/vite.js`, "build", "web"], {
  cwd: ROOT,
  stdio: "inherit",
});
