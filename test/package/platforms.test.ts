/** On a platform that has no engine, or whose engine is not installed, one sentence says so and what to do; what runs no network works. */
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { NANO, type Outcome, runCli, scratchFolder } from "../cli/run-cli.js";

const folder = scratchFolder();
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const require = createRequire(import.meta.url);
const PRELOAD = pathToFileURL(join(folder, "platform.mjs")).href;
// sharp loads its own files of the true platform first: it has them for the ones that are told here.
writeFileSync(
  join(folder, "platform.mjs"),
  `import { createRequire } from "node:module";
   const require = createRequire(import.meta.url);
   await import(${JSON.stringify(pathToFileURL(require.resolve("sharp").replace(/\.\w+$/, ".mjs")).href)});
   const [platform, arch, libc] = process.env.TOLD_PLATFORM.split("-");
   require(${JSON.stringify(require.resolve("detect-libc"))}).familySync = () => libc ?? null;
   Object.defineProperty(process, "platform", { value: platform });
   Object.defineProperty(process, "arch", { value: arch });`,
);

function runOn(platform: string, ...args: string[]): Promise<Outcome> {
  return runCli(folder, args, { TOLD_PLATFORM: platform, NODE_OPTIONS: `--import ${PRELOAD}` });
}

const NO_ENGINE = "ONNX Runtime, which computes the networks, has no engine for";
const OTHER = process.arch === "x64" ? "linux-arm64-glibc" : "linux-x64-glibc";
const SENTENCES: readonly (readonly [string, string])[] = [
  [
    "darwin-x64",
    `${NO_ENGINE} darwin-x64: with Apple Silicon install Node for arm64; an Intel Mac can paint in a container of Linux`,
  ],
  ["linux-x64-musl", `${NO_ENGINE} linux-x64 with musl (Alpine): use a system or image with glibc, as node:22-slim`],
  [
    "linux-arm64-musl",
    `${NO_ENGINE} linux-arm64 with musl (Alpine): use a system or image with glibc, as node:22-slim`,
  ],
  ["linux-arm-glibc", `${NO_ENGINE} linux-arm: use a system of 64 bits (arm64)`],
  ["win32-ia32", `${NO_ENGINE} win32-ia32: install Node for 64 bits`],
  [
    "freebsd-x64",
    `${NO_ENGINE} freebsd-x64: use Linux with glibc or Windows, on x64 or arm64, or a Mac with Apple Silicon`,
  ],
  [OTHER, `the engine for ${OTHER.replace("-glibc", "")} is not installed, expected the package @kandinsky3/engine-`],
];

test.each(SENTENCES)("%s: one sentence", async (platform, sentence) => {
  // What is rounded to the machine asks for its engine earlier than the networks do.
  const dtype = platform === "darwin-x64" ? ["--dtype", "int8"] : [];
  const { code, stdout, stderr } = await runOn(platform, "generate", "a cat", "--output", "cat.png", ...dtype);
  const said = stderr.split("\n").filter((line) => line.startsWith("kandinsky3: "));
  expect(said).toEqual([expect.stringContaining(sentence)]);
  expect(stderr).not.toMatch(/^\s+at |Node\.js v|internal/m);
  expect(stdout).toHaveLength(0);
  expect(code).toBe(1);
});

test.each([["--help"], ["--version"], ["list"], ["inspect", NANO], ["generate", "--help"]])(
  "without a network: %s %s",
  async (...args) => {
    const { code, stdout, stderr } = await runOn("linux-x64-musl", ...args);
    expect(stderr).toBe("");
    expect(stdout.length).toBeGreaterThan(0);
    expect(code).toBe(0);
  },
);

test("plan says everything but the times, and why", async () => {
  const text = await runOn(OTHER, "plan", NANO, "--dtype", "int8");
  expect(text.stderr).toMatch(/^no times: .*engine/);
  expect(text.stdout.toString()).toMatch(/^memory +[\d.]+ MB at most/m);
  expect(text.stdout.toString()).toMatch(/^time +unknown/m);
  expect(text.code).toBe(0);
  const json = await runOn("darwin-x64", "plan", NANO, "--json");
  expect(JSON.parse(json.stdout.toString())).toMatchObject({ plan: { seconds: null }, fits: true });
});
