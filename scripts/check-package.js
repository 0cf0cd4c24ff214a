/** Looks at the package as it is released: publint at its files and manifest, attw at its types as each kind of project resolves them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** @param {readonly string[]} args */
function node(...args) {
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-check-"));
try {
  const tarball = node("scripts/release-pack.js", folder, "--without-engines").trim();
  console.log(node("node_modules/publint/src/cli.js", "--strict", tarball));
  console.log(node("node_modules/@arethetypeswrong/cli/dist/index.js", tarball, "--profile", "esm-only"));
} catch (error) {
  console.error(error.stdout ?? error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
