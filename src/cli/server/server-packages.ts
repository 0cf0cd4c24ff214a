/** The packages that a server needs and nothing else does. Whoever only makes images should not have to install them. */
import { createRequire } from "node:module";
import { KandinskyError } from "../../errors.js";
import { serverPackages } from "../../files/package-info.js";

/** They are not installed. */
class MissingPackagesError extends KandinskyError {
  override readonly code = "missing_packages";
}

/** What a package is needed for; those that are not named are of the server. */
const USES: Readonly<Record<string, readonly PackageUse[]>> = {
  bullmq: ["queue"],
  grammy: ["telegram"],
  "@grammyjs/auto-retry": ["telegram"],
  ioredis: ["queue"],
  pino: ["server", "queue"],
};
export type PackageUse = "server" | "queue" | "telegram";

/** Throws `MissingPackagesError`, which names the command that installs them. */
export function requireServerPackages(uses: readonly PackageUse[]): void {
  const { resolve } = createRequire(import.meta.url);
  const needed = [...serverPackages()].filter(([name]) => (USES[name] ?? ["server"]).some((use) => uses.includes(use)));
  const missing = needed.filter(([name]) => {
    try {
      resolve(name);
      return false;
    } catch (thrown) {
      // A package that is there may keep its main file to itself.
      return thrown instanceof Error && "code" in thrown && thrown.code === "MODULE_NOT_FOUND";
    }
  });
  if (missing.length > 0) {
    const command = missing.map(([name, range]) => `"${name}@${range}"`).join(" ");
    throw new MissingPackagesError(
      `packages are needed that are not installed; this installs them: npm install ${command}`,
    );
  }
}
