/**
 * Compiles the sources before the tests: the inference process runs compiled code, as for users. Types have a check of their own.
 * The studio's page is built where its sources are newer. Then puts arrays and weights of the tests, which are packed in git, in their places.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";

export default function build(): void {
  execFileSync("node", ["scripts/prepare-engine.js"], { stdio: "inherit" });
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--noCheck"], { stdio: "inherit" });
  if (newest("web") > newest("dist/web")) {
    execFileSync(process.execPath, ["node_modules/vite/bin/vite.js", "build", "web"], { stdio: "inherit" });
  }
  execFileSync(process.execPath, ["scripts/unpack.js"], { stdio: "inherit" });
}

/** When the last file of a folder was written, in milliseconds; 0 where there is none. */
function newest(folder: string): number {
  const files =
    statSync(folder, { throwIfNoEntry: false }) && readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(0, ...(files ?? []).map((file) => statSync(`${folder}/${file}`).mtimeMs));
}
