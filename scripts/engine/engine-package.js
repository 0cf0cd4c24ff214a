/** The package of one platform: its engine and the JavaScript around it, byte for byte as they are published, and their licence. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { extract } from "tar";
import { packageName, platformName, PUBLISHED } from "./published.js";

const LICENSE = fileURLToPath(new URL("LICENSE", import.meta.url));

/** What the package says of itself. The versions are ONNX Runtime's, so that a release of ours needs no new engines. */
function manifestOf(platform) {
  const { os, cpu, libc } = platform;
  return {
    name: packageName(platform),
    version: PUBLISHED.version,
    description: `ONNX Runtime's engine for ${os} ${cpu}, as published in ${PUBLISHED.name}; installed with kandinsky3`,
    license: "MIT",
    repository: { type: "git", url: "git+https://github.com/microsoft/onnxruntime.git" },
    main: "dist/index.js",
    files: ["bin", "dist"],
    dependencies: { "onnxruntime-common": PUBLISHED.version },
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    // Yarn's Plug'n'Play keeps packages in archives, out of which no system loads a library.
    preferUnplugged: true,
  };
}

function readmeOf(platform) {
  return `# ${packageName(platform)}

The files of ONNX Runtime ${PUBLISHED.version} for ${platformName(platform)}, byte for byte from the npm package
[${PUBLISHED.name}](https://www.npmjs.com/package/${PUBLISHED.name}) (${PUBLISHED.integrity}).
kandinsky3 depends on it; nothing here runs on installation. ONNX Runtime is Microsoft's, under the MIT licence.
The software in it by others is listed in its repository (ThirdPartyNotices.txt).
`;
}

/**
 * Writes the package's folder; what it held before is replaced only when all of it is there.
 * @param {string} tarball the published one
 * @param {{ os: string, cpu: string, libc?: string, twins?: readonly string[] }} platform
 * @param {string} folder
 */
export async function writeEnginePackage(tarball, platform, folder) {
  const temporary = `${folder}.partial-${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const engine = `package/bin/napi-v6/${platform.os}/${platform.cpu}/`;
  await extract({
    file: tarball,
    cwd: temporary,
    strip: 1,
    filter: (path) =>
      (path.startsWith(engine) && !platform.twins?.includes(basename(path))) || /^package\/dist\/[^/]+\.js$/.test(path),
  });
  const binding = join(temporary, engine.replace("package/", ""), "onnxruntime_binding.node");
  if (!existsSync(binding)) {
    throw new Error(`${tarball} holds no engine for ${platformName(platform)}: expected ${engine}`);
  }
  writeFileSync(join(temporary, "package.json"), `${JSON.stringify(manifestOf(platform), null, 2)}\n`);
  writeFileSync(join(temporary, "README.md"), readmeOf(platform));
  copyFileSync(LICENSE, join(temporary, "LICENSE"));
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(temporary, folder);
}

/** Whether the folder holds the package as it would be written today. */
export function isCurrent(platform, folder) {
  try {
    const manifest = readFileSync(join(folder, "package.json"), "utf8");
    return manifest === `${JSON.stringify(manifestOf(platform), null, 2)}\n`;
  } catch {
    return false;
  }
}
