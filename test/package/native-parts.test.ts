/** A package whose native parts do not load: what needs none works, the rest says so in one sentence, and `doctor` goes on. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const REPAIR = "npm install --include=optional sharp";

const folder = mkdtempSync(join(tmpdir(), "kandinsky3-native-"));

/** A copy of the package beside the libraries that it has here, of which sharp is one for another system. */
beforeAll(() => {
  ["dist", "package.json"].forEach((name) => {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  });
  ["models", "reference", "onnxruntime"].forEach((name) => {
    symlinkSync(join(ROOT, name), join(folder, name));
  });
  mkdirSync(join(folder, "node_modules", "sharp"), { recursive: true });
  readdirSync(join(ROOT, "node_modules"))
    .filter((name) => name !== "sharp")
    .forEach((name) => {
      symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
    });
  const failure =
    "throw new Error('Could not load the \"sharp\" module using the linux-x64 runtime\\nPossible solutions: …');";
  writeFileSync(join(folder, "node_modules/sharp/package.json"), '{ "name": "sharp", "main": "index.js" }');
  writeFileSync(join(folder, "node_modules/sharp/index.js"), failure);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(process.execPath, [join(folder, "dist/cli/main.js"), ...args], { cwd: folder, encoding: "utf8" });
}

test.each([
  [["--version"]],
  [["--help"]],
  [["list"]],
  [["inspect", "models/nano"]],
  [["plan", "models/nano", "--quiet"]],
])("%s works without sharp", (args) => {
  const { status, stderr } = run(...args);
  expect([status, stderr]).toEqual([0, ""]);
});

test("latents are written without sharp", () => {
  const { status } = run(
    "generate",
    "a boat",
    "--steps",
    "1",
    "--quiet",
    "--output-type",
    "latent",
    "--output",
    "boat.npy",
  );
  expect([status, existsSync(join(folder, "boat.npy"))]).toEqual([0, true]);
});

test.each([
  ["reading", ["generate", "a boat", "--quiet", "--image", join(ROOT, "docs/images/red-house.png")]],
  ["writing", ["generate", "a boat", "--quiet", "--steps", "5", "--output", "boat.png"]],
])("%s a picture is refused in one sentence that says what repairs it", (_what, args) => {
  const { status, stderr } = run(...args);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^kandinsky3: pictures cannot be read or written: the package sharp does not load on [^\n]+\n$/,
  );
  expect(stderr).toContain(`this installs it for this system: ${REPAIR}`);
  expect(stderr).not.toContain("internal error");
});

test("doctor reports it as a finding and compares all the same", () => {
  const { status, stdout, stderr } = run("doctor", "--json");
  const report = JSON.parse(stdout) as { findings: string[]; checks: { passed: boolean }[] };
  expect(status).toBe(1);
  expect(report.findings).toEqual([expect.stringContaining(REPAIR)]);
  expect(report.checks.length).toBeGreaterThan(5);
  expect(report.checks.every(({ passed }) => passed)).toBe(true);
  expect(stderr).toContain(REPAIR);
});
