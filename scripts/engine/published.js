/**
 * ONNX Runtime as Microsoft publishes it: one package with the engines of all platforms, whose install script wants hundreds of
 * megabytes of GPU files from another host. Ours are made of its files, one package for each platform.
 */
export const PUBLISHED = {
  name: "onnxruntime-node",
  version: "1.30.0",
  /** Of the tarball, as the registry names it. */
  integrity: "sha512-twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw==",
};

/**
 * The platforms that it holds an engine for. `libc` is npm's field: Alpine's musl does not load what is built for glibc.
 * `twins` are files whose bytes lie there a second time under the name by which they are loaded.
 */
export const PLATFORMS = [
  { os: "darwin", cpu: "arm64", twins: [`libonnxruntime.${PUBLISHED.version}.dylib`] },
  { os: "linux", cpu: "arm64", libc: "glibc" },
  { os: "linux", cpu: "x64", libc: "glibc" },
  { os: "win32", cpu: "arm64" },
  { os: "win32", cpu: "x64" },
];

/** @param {{ os: string, cpu: string }} platform */
export function platformName({ os, cpu }) {
  return `${os}-${cpu}`;
}

/** @param {{ os: string, cpu: string }} platform */
export function packageName(platform) {
  return `@kandinsky3/engine-${platformName(platform)}`;
}
