/** Nothing leaves the machine, and nothing lies around: what each verb writes is what the documents name. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NANO, runCli, scratchFolder } from "./run-cli.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = scratchFolder();
const places = ["home", "tmp", "cache", "config", "data", "state", "work"].map((name) => join(folder, name));
const [
  HOME = "",
  TMPDIR = "",
  XDG_CACHE_HOME = "",
  XDG_CONFIG_HOME = "",
  XDG_DATA_HOME = "",
  XDG_STATE_HOME = "",
  work = "",
] = places;
const env = {
  HOME,
  TMPDIR,
  XDG_CACHE_HOME,
  XDG_CONFIG_HOME,
  XDG_DATA_HOME,
  XDG_STATE_HOME,
  KANDINSKY3_CACHE: "",
  HF_HOME: "",
};
const SMALL = ["--steps", "1", "--width", "64", "--height", "64", "--seed", "1"];

/** What docs/cache.md names, below the cache. */
const NAMED = [
  /^cache\/kandinsky3\/(?:prompts|prompts\/encoders|quantized|probes)\/[0-9a-f]{32,64}\.(?:safetensors|safetensors\.seal|json)$/,
];

function written(): string[] {
  return places
    .flatMap((place) => readdirSync(place, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => !NAMED.some((named) => named.test(name)));
}

beforeAll(() => {
  for (const place of places) {
    mkdirSync(place);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each<{ readonly args: readonly string[]; readonly code?: number }>([
  { args: ["generate", "a red house", ...SMALL, "--output", "house.png"] },
  { args: ["generate", "a red house", ...SMALL, "--dtype", "int8", "--output", "house.png"] },
  { args: ["show", "house.png"] },
  { args: ["inspect", NANO] },
  { args: ["list"] },
  { args: ["plan", NANO] },
  { args: ["bench", NANO, "--width", "64", "--height", "64", "--runs", "1"] },
  { args: ["doctor"] },
  { args: ["verify", "kandinsky-3"], code: 1 },
  { args: ["rm", "kandinsky-3"], code: 1 },
])("$args writes what it is asked for and nothing else", { timeout: 120_000 }, async ({ args, code = 0 }) => {
  const outcome = await runCli(work, args, env);
  expect(outcome.code, outcome.stderr).toBe(code);
  expect(written()).toEqual(["work/house.png"]);
});

test("convert leaves its folder alone behind", { timeout: 120_000 }, async () => {
  cpSync(NANO, join(work, "model"), { recursive: true });
  const { code } = await runCli(work, ["convert", "model", "--dtype", "int8", "--output", "small"], env);
  expect(code).toBe(0);
  expect(written().filter((name) => !/^work\/(?:model|small|house\.png)/.test(name))).toEqual([]);
});

/** A namespace of its own has no network at all; where none may be made, connections are looked for in the calls themselves. */
const isolated = spawnSync("unshare", ["-rn", "true"]).status === 0;
const traced = spawnSync("strace", ["-V"]).status === 0;

describe.skipIf(!isolated && !traced)("generate", () => {
  const args = [process.execPath, MAIN, "generate", "a blue boat", ...SMALL, "--output", "boat.png"];
  const options = { cwd: work, env: { ...process.env, ...env }, encoding: "utf8", timeout: 100_000 } as const;

  test.skipIf(!isolated)("works where there is no network", { timeout: 120_000 }, () => {
    expect(execFileSync("unshare", ["-rn", ...args], options)).toBe("boat.png\n");
  });

  test.skipIf(!traced)("opens no socket to anywhere", { timeout: 120_000 }, () => {
    const log = join(folder, "calls.txt");
    execFileSync("strace", ["-f", "-qq", "-e", "trace=connect,sendto,bind", "-o", log, ...args], options);
    const calls = readFileSync(log, "utf8").split("\n");
    expect(calls.filter((call) => call.includes("AF_INET"))).toEqual([]);
  });
});
