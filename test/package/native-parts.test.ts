/** A package whose native parts do not load: what needs none works, the rest says so in one sentence, and `doctor` goes on. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

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

describe("an engine that does not load", () => {
  const broken = {
    missing: (file: string) => {
      rmSync(file);
    },
    "cut short": (file: string) => {
      truncateSync(file, 100_000);
    },
    "another file": (file: string) => {
      writeFileSync(file, "no library");
    },
  };

  beforeEach(() => {
    rmSync(join(folder, "onnxruntime"), { recursive: true });
    cpSync(join(ROOT, "onnxruntime"), join(folder, "onnxruntime"), { recursive: true, dereference: true });
  });

  test.each(Object.entries(broken))("libonnxruntime is %s: plan and doctor say so and go on", (_what, harm) => {
    const engine = join(folder, "onnxruntime");
    const files = readdirSync(engine, { recursive: true, encoding: "utf8" });
    const libraries = files.filter((name) => /(?:libonnxruntime\.[^/]*|onnxruntime\.dll)$/.test(name));
    expect(libraries.length).toBeGreaterThan(0);
    libraries.forEach((name) => {
      harm(join(engine, name));
    });
    const sentence = /ONNX Runtime does not load from .* \(.*\); this installs it anew: /;
    const planned = run("plan", "models/nano", "--json");
    expect([planned.status, planned.stderr]).toEqual([
      0,
      expect.stringMatching(/^no times: ONNX Runtime does not load/),
    ]);
    expect(JSON.parse(planned.stdout)).toMatchObject({
      plan: { seconds: null },
      notes: [expect.stringMatching(sentence)],
    });
    const { status, stdout } = run("doctor", "--json");
    expect(status).toBe(1);
    const report = JSON.parse(stdout) as { engine: unknown; cache: unknown; findings: string[] };
    expect(report.engine).toBeNull();
    expect(report.cache).not.toBeNull();
    expect(report.findings.slice(1)).toEqual([expect.stringMatching(sentence)]);
    const painted = run("generate", "a boat", "--quiet", "--steps", "1", "--output", "boat.png");
    expect([painted.status, painted.stderr]).toEqual([1, expect.stringMatching(sentence)]);
    expect(painted.stderr.trim().split("\n")).toHaveLength(1);
  });
});

test("a bundled model that did not come along is named, with bundlers in mind", () => {
  rmSync(join(folder, "models"));
  for (const model of [[], ["--model", "nano"]]) {
    const { status, stderr } = run("generate", "a boat", "--quiet", ...model);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^kandinsky3: the bundled model is missing, expected at .*models.nano; a bundler has to [^\n]*\n$/,
      ),
    ]);
  }
});
