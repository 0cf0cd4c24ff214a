/** Under a user who may write nothing at home: whatever can be done without a cache is done, and the rest is one sentence. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBench } from "../hub/support.js";
import { madeUpModel, TINY_NAME } from "../hub/fake-hub.js";
import { MAIN, NANO, type Outcome, scratchFolder } from "./run-cli.js";

const folder = scratchFolder();
const [home, out] = [join(folder, "home"), join(folder, "out")];
/** Permissions do not stop root. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const canRun = process.platform !== "win32" && spawnSync(process.execPath, [MAIN, "--version"], user).status === 0;
const picture = ["a red house", "--steps", "1", "--width", "64", "--height", "64", "--seed", "1", "--no-metadata"];

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const places = { HOME: home, HF_HOME: "", HF_HUB_CACHE: "", XDG_CACHE_HOME: "", KANDINSKY3_CACHE: "" };
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: out,
    env: { ...process.env, ...places, ...env },
    ...user,
  });
  let [stdout, stderr] = [Buffer.alloc(0), ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout = Buffer.concat([stdout, chunk])));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

beforeAll(() => {
  mkdirSync(home);
  mkdirSync(out);
  chmodSync(folder, 0o755);
  chmodSync(out, 0o777);
});
afterAll(() => {
  chmodSync(home, 0o755);
  rmSync(folder, { recursive: true });
});

describe.runIf(canRun).each([
  ["that cannot be written", 0o555],
  ["that cannot be looked into", 0o000],
])("a home %s", { timeout: 60_000 }, (_, mode) => {
  beforeAll(() => {
    chmodSync(home, mode);
  });
  afterAll(() => {
    chmodSync(home, 0o755);
    expect(readdirSync(home)).toEqual([]);
  });

  test.each(["fp32", "int8"])("generate in %s", async (dtype) => {
    const { code, stderr } = await run(["generate", ...picture, "--dtype", dtype, "--output", `${dtype}-${mode}.png`]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/the embedded prompt cannot be kept in .*prompts/);
    if (dtype === "int8") {
      expect(stderr).toMatch(/cannot be kept \(.*goes on with a copy in the temporary folder/);
    }
    expect(readFileSync(join(out, `${dtype}-${mode}.png`)).length).toBeGreaterThan(1000);
  });

  test("plan and inspect", async () => {
    for (const args of [
      ["plan", NANO, "--dtype", "int8", "--width", "64", "--height", "64"],
      ["inspect", NANO],
    ]) {
      const { code, stderr } = await run(args);
      expect(code, stderr).toBe(0);
    }
  });

  test("doctor compares everything, and names what it cannot look into", async () => {
    const { code, stdout, stderr } = await run(["doctor"]);
    expect(stdout.toString()).toMatch(/^ok +movq_decoder\/output/m);
    expect(code).toBe(mode === 0 ? 1 : 0);
    expect(stderr).toMatch(mode === 0 ? /^kandinsky3: .*hub cannot be read: permission is denied\n$/ : /^$/);
  });

  test("pull and list", async () => {
    await using bench = await startBench();
    bench.hub.publish(TINY_NAME, madeUpModel(1000));
    const env = { HF_ENDPOINT: bench.hub.endpoint, HF_TOKEN_PATH: join(out, "none") };
    const pull = await run(["pull", TINY_NAME], env);
    expect(pull.code).toBe(1);
    expect(pull.stderr).toMatch(/^kandinsky3: .*cannot be (?:written|read): permission is denied\n$/m);
    const elsewhere = { ...env, HF_HUB_CACHE: join(out, `hub-${mode}`) };
    const other = await run(["pull", TINY_NAME], elsewhere);
    expect(other.code, other.stderr).toBe(0);
    const list = await run(["list"]);
    expect(list.stderr).toMatch(mode === 0 ? /hub cannot be read: permission is denied\n$/ : /^$/);
  });
});

test.runIf(canRun)("where the temporary folder cannot be written either, it is named", async () => {
  chmodSync(home, 0o555);
  for (const args of [
    ["generate", ...picture, "--dtype", "int8", "--output", "none.png"],
    ["plan", NANO],
    ["doctor"],
  ]) {
    const { code, stderr } = await run(args, { TMPDIR: home });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^kandinsky3: the temporary folder \S+ \(TMPDIR names another\) cannot be written: permission is denied$/m,
    );
  }
});
