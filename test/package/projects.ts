/** Projects of users, empty until they install kandinsky3 from a registry that has a release of it. */
import { execFile } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Registry } from "./registry.js";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const execute = promisify(execFile);

/** What people's folders are called. */
const HOME = "мои проекты и 絵";

/** What a user writes, each of which saves a picture under its own name. */
export const PROGRAMS = {
  "by-import.mjs": `
    import { Kandinsky3 } from "kandinsky3";
    const pipe = await Kandinsky3.fromPretrained();
    const { images } = await pipe.textToImage({ prompt: "a red house", seed: 1, numInferenceSteps: 2 });
    await images[0].save("by-import.png");`,
  "by-require.cjs": `
    const { Kandinsky3 } = require("kandinsky3");
    (async () => {
      const pipe = await Kandinsky3.fromPretrained();
      const { images } = await pipe.textToImage({ prompt: "a red house", seed: 1, numInferenceSteps: 2 });
      await images[0].save("by-require.png");
    })();`,
};

export interface Project {
  readonly folder: string;
  /** Runs a command in the project and gives what it prints; throws with all that it printed when it fails. */
  readonly run: (command: string, ...args: string[]) => Promise<{ stdout: string; stderr: string }>;
}

export interface Release {
  readonly registry: Registry;
  /** Tarballs by their names. */
  readonly tarballs: readonly string[];
  readonly project: (name: string) => Project;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Packs a release of what is in `dist/`. */
export async function publishRelease(): Promise<Release> {
  const home = mkdtempSync(join(tmpdir(), "kandinsky3-release-"));
  const packed = join(home, "packed");
  await execute(process.execPath, ["scripts/release-pack.js", packed], { cwd: ROOT });
  const registry = await Registry.start(packed);
  return {
    registry,
    tarballs: readdirSync(packed).sort(),
    project: (name) => {
      const folder = join(home, HOME, name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true }));
      const env = {
        ...plainEnvironment(),
        npm_config_registry: registry.url,
        npm_config_omit_lockfile_registry_resolved: "false",
      };
      return { folder, run: (command, ...args) => execute(command, args, { cwd: folder, env }) };
    },
    [Symbol.asyncDispose]: async () => {
      await registry[Symbol.asyncDispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Without what `npm test` tells its children: it is about this project, not about theirs. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_ENV$|INIT_CWD$)/.test(name)));
}

/** Bytes of a folder's files, each counted once however many names it has. */
export function bytesIn(folder: string): number {
  const seen = new Map<number, number>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const { ino, size } = lstatSync(join(entry.parentPath, entry.name));
    seen.set(ino, entry.isFile() ? size : 0);
  }
  return [...seen.values()].reduce((sum, size) => sum + size, 0);
}
