/** Programs that tests need beside Node: Debian's, brought when they are missing and the tests may install them. */
import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

const INSTALL_MS = 300_000;

/** The program's file, from a package of the same name; `undefined` where it cannot be had. */
export function installed(program: string): string | undefined {
  const find = (): string | undefined =>
    (process.env["PATH"] ?? "")
      .split(delimiter)
      .map((folder) => join(folder, program))
      .find((file) => existsSync(file));
  if (find() === undefined && process.getuid?.() === 0) {
    spawnSync("apt-get", ["update"], { timeout: INSTALL_MS });
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", program], { timeout: INSTALL_MS });
  }
  return find();
}
