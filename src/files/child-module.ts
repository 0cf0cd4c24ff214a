/** Modules that run in a process of their own. */
import { existsSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { SessionError } from "../errors.js";

/**
 * The file of a module that lies beside the one that asks: `new URL("./name.js", import.meta.url)` is the form that tools which copy
 * what a program needs know. Where the sources run, as in tests, it is the compiled one in `dist/`. Throws `SessionError`.
 */
export function childModule(address: URL, name: string): string {
  const module = fileURLToPath(address);
  const source = `${sep}src${sep}`;
  const at = module.lastIndexOf(source);
  const inSources = at >= 0 && !module.includes(`${sep}dist${sep}`) && !existsSync(module);
  const compiled = inSources ? `${module.slice(0, at)}${sep}dist${sep}${module.slice(at + source.length)}` : module;
  if (!existsSync(compiled)) {
    throw new SessionError(
      `${name} cannot be started: expected its module at ${compiled}, got no such file; ` +
        "a bundler has to leave kandinsky3 out (external), or to copy its whole folder",
    );
  }
  return compiled;
}
