/**
 * ONNX Runtime for the machine at hand. Each platform's engine is a package of its own: an optional dependency of the released package,
 * of which installers take the one that fits, and a folder in a clone; `#engine/*` in package.json says which.
 */
import { createRequire } from "node:module";
import libc from "detect-libc";
import type * as common from "onnxruntime-common";
import { NoEngineError, reasonOf, SessionError } from "../errors.js";

/** What an engine's package exports: the common API, and the devices that it was built for. */
type OnnxRuntime = typeof common & {
  readonly listSupportedBackends: () => readonly { readonly name: string; readonly bundled: boolean }[];
};

const require = createRequire(import.meta.url);

interface EngineModule {
  readonly resolve: () => string;
  readonly load: () => unknown;
}

/** Written out one by one, so that tools which copy what a program needs find the packages. */
const MODULES: Readonly<Record<string, EngineModule>> = {
  "darwin-arm64": {
    resolve: () => require.resolve("#engine/darwin-arm64"),
    load: () => require("#engine/darwin-arm64") as unknown,
  },
  "linux-arm64": {
    resolve: () => require.resolve("#engine/linux-arm64"),
    load: () => require("#engine/linux-arm64") as unknown,
  },
  "linux-x64": {
    resolve: () => require.resolve("#engine/linux-x64"),
    load: () => require("#engine/linux-x64") as unknown,
  },
  "win32-arm64": {
    resolve: () => require.resolve("#engine/win32-arm64"),
    load: () => require("#engine/win32-arm64") as unknown,
  },
  "win32-x64": {
    resolve: () => require.resolve("#engine/win32-x64"),
    load: () => require("#engine/win32-x64") as unknown,
  },
};

/** What to do where ONNX Runtime has no engine for the platform. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  "darwin-x64": "with Apple Silicon install Node for arm64; an Intel Mac can paint in a container of Linux",
  "win32-ia32": "install Node for 64 bits",
  "linux-arm": "use a system of 64 bits (arm64)",
};
const COMMANDS = "npm install --include=optional kandinsky3, in a clone npm run prepare";
/** What makes a damaged engine whole. */
export const REPAIR = `this installs it anew: remove node_modules, then ${COMMANDS}`;
const ANY_WAY_OUT = "use Linux with glibc or Windows, on x64 or arm64, or a Mac with Apple Silicon";

/**
 * The main module of this machine's engine, which is not loaded for it.
 * Throws `NoEngineError` where the platform has no engine, and where its engine is not installed.
 */
export function findEngine(): string {
  return moduleOf(process.platform, process.arch).resolve();
}

/** Loads the engine into this process. Throws as `findEngine` does, and `SessionError` where its files do not load. */
export function loadEngine(): OnnxRuntime {
  const { resolve, load } = moduleOf(process.platform, process.arch);
  const path = resolve();
  try {
    return load() as OnnxRuntime;
  } catch (error) {
    const reason = reasonOf(error).split("\n", 1)[0] ?? "";
    throw new SessionError(`ONNX Runtime does not load from ${path} (${reason}); ${REPAIR}`, { cause: error });
  }
}

function moduleOf(system: string, processor: string): EngineModule {
  const platform = `${system}-${processor}`;
  const found = MODULES[platform];
  if (found === undefined) {
    throw new NoEngineError(
      `ONNX Runtime, which computes the networks, has no engine for ${platform}: ${WAYS_OUT[platform] ?? ANY_WAY_OUT}`,
    );
  }
  if (system === "linux" && libc.familySync() === libc.MUSL) {
    throw new NoEngineError(
      `ONNX Runtime, which computes the networks, has no engine for ${platform} with musl (Alpine): use a system or image with glibc, as node:22-slim`,
    );
  }
  return {
    ...found,
    resolve: () => {
      try {
        return found.resolve();
      } catch (error) {
        throw new NoEngineError(
          `the engine for ${platform} is not installed, expected the package @kandinsky3/engine-${platform}: ` +
            `${COMMANDS}; bundled programs need it beside them`,
          { cause: error },
        );
      }
    },
  };
}
