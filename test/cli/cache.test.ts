/** What lies in the cache, or cannot be put there, never stops a run. */
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Outcome, scratchFolder, startCli } from "./run-cli.js";

const folder = scratchFolder();
const args = ["a red house", "--dtype", "int8", "--steps", "1", "--width", "64", "--height", "64", "--seed", "1"];
const cache = join(folder, "cache");
const temporary = join(folder, "tmp");
let picture: Buffer;
let entries: readonly string[] = [];

function start(name: string, at = cache): ReturnType<typeof startCli> {
  const env = { KANDINSKY3_CACHE: at, TMPDIR: temporary, HOME: join(folder, "home"), XDG_CACHE_HOME: "" };
  return startCli(folder, ["generate", ...args, "--output", name, "--no-metadata"], env);
}

async function expectPicture(name: string, at = cache): Promise<Outcome> {
  const outcome = await start(name, at).outcome;
  expect(outcome.code, outcome.stderr).toBe(0);
  expect(readFileSync(join(folder, name)).equals(picture)).toBe(true);
  return outcome;
}

beforeAll(async () => {
  mkdirSync(temporary);
  mkdirSync(join(folder, "home"));
  const outcomes = await Promise.all(["a.png", "b.png", "c.png"].map((name) => start(name).outcome));
  for (const { code, stderr } of outcomes) {
    expect(code, stderr).toBe(0);
  }
  const waited = outcomes.filter(({ stderr }) => stderr.includes("another process is making"));
  expect(waited.length).toBeGreaterThan(0);
  picture = readFileSync(join(folder, "a.png"));
  entries = readdirSync(join(cache, "quantized")).filter((name) => name.endsWith(".safetensors"));
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("three first runs at once make each file once, and leave nothing of their own", () => {
  for (const name of ["b.png", "c.png"]) {
    expect(readFileSync(join(folder, name)).equals(picture)).toBe(true);
  }
  expect(entries.length).toBeGreaterThan(0);
  expect(readdirSync(join(cache, "quantized")).sort()).toEqual(
    entries.flatMap((name) => [name, `${name}.seal`]).sort(),
  );
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(join(folder, "home"))).toEqual([]);
});

test.each([
  [
    "cut short",
    (file: string) => {
      truncateSync(file, 1000);
    },
  ],
  [
    "empty",
    (file: string) => {
      truncateSync(file, 0);
    },
  ],
  [
    "with a flipped bit",
    (file: string) => {
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
      writeFileSync(file, bytes);
    },
  ],
  [
    "with a broken seal",
    (file: string) => {
      writeFileSync(`${file}.seal`, "{");
    },
  ],
])("files %s are made again", async (_, damage) => {
  rmSync(join(cache, "prompts"), { recursive: true }); // Or the encoder's weights would not be needed.
  for (const entry of entries) {
    damage(join(cache, "quantized", entry));
  }
  const { stderr } = await expectPicture("again.png");
  expect(stderr.match(/is damaged and is made again/g)).toHaveLength(entries.length);
  expect((await expectPicture("quiet.png")).stderr).not.toContain("damaged");
});

test.each([
  ["below a plain file", () => join(folder, "a.png", "cache")],
  ["in /proc", () => "/proc/nowhere/cache"],
])("a cache %s is gone without", async (_, place) => {
  expect((await expectPicture("without.png", place())).stderr).toContain("goes on with a copy in the temporary folder");
  expect(readdirSync(temporary)).toEqual([]);
});

test("killed at random moments", async () => {
  const killed = join(folder, "killed");
  for (let round = 0; round < 30; round++) {
    const { child, outcome } = start("killed.png", killed);
    await sleep(200 + Math.random() * 1300);
    child.kill("SIGKILL");
    await outcome;
    rmSync(join(killed, "prompts"), { recursive: true, force: true });
    if (round % 5 === 4) {
      await expectPicture("after.png", killed);
      rmSync(join(killed, "quantized"), { recursive: true, force: true });
    }
  }
}, 150_000);
