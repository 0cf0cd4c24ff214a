/**
 * Compiles the sources before the tests: the inference process runs compiled code, as for users. Types have a check of their own.
 * Then puts arrays and weights of the tests, which are packed in git, in their places.
 */
import { execFileSync } from "node:child_process";

export default function build(): void {
  execFileSync("node", ["scripts/prepare-engine.js"], { stdio: "inherit" });
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--noCheck"], { stdio: "inherit" });
  execFileSync(process.execPath, ["scripts/unpack.js"], { stdio: "inherit" });
}
