/** Compiles the sources before the tests: the inference process runs compiled code, as for users. Types have a check of their own. */
import { execFileSync } from "node:child_process";

export default function build(): void {
  execFileSync("npx", ["tsc", "-p", "tsconfig.build.json", "--noCheck"], { stdio: "inherit" });
}
