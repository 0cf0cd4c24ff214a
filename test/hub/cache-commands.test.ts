/** The verbs over the cache as users run them: list, show, rm, verify and pull, and what `--model` makes of a name. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { CacheLayout } from "../../src/hub/cache/cache-layout.js";
import { diffusersFixture } from "../support/goldens.js";
import { type Outcome, runCli, startCli } from "../cli/run-cli.js";
import { madeUpBytes, madeUpModel, sha256, TINY_NAME } from "./fake-hub.js";
import { type Bench, contentsOf, startBench } from "./support.js";

let started: Bench;
let layout: CacheLayout;
beforeEach(async () => {
  started = await startBench();
  layout = new CacheLayout(started.cache, TINY_NAME);
  mkdirSync(started.cache, { recursive: true });
  const begun = started;
  onTestFinished(() => begun[Symbol.asyncDispose]());
});

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const { hub, cache } = started;
  return runCli(cache, args, { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_TOKEN: "", ...env });
}

async function succeed(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, stderr } = await run(args, env);
  expect(stderr).not.toMatch(/^kandinsky3: /m);
  expect(code).toBe(0);
  return stdout.toString();
}

const WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

describe("pull and list", () => {
  test("pull prints the folder, list the model, show its files", async () => {
    const commit = started.hub.publish(TINY_NAME, madeUpModel());
    const folder = layout.snapshot(commit);
    expect(await succeed(["pull", TINY_NAME])).toBe(`${folder}\n`);
    const report = JSON.parse(await succeed(["pull", TINY_NAME, "--json"])) as Record<string, unknown>;
    expect(report).toMatchObject({ repository: TINY_NAME, commit, folder, files: 12, fetchedBytes: 0 });
    const list = await succeed(["list"]);
    expect(list).toMatch(new RegExp(`^org/tiny +300\\.\\d kB  main ${commit.slice(0, 12)}$`, "m"));
    const shown = await succeed(["show", TINY_NAME]);
    expect(shown).toContain(`${commit} (main)`);
    expect(shown).toMatch(/^ {2}unet\/diffusion_pytorch_model\.safetensors +60\.0 kB$/m);
  });

  test("progress says how much there is to fetch, and errors are one line with the right code", async () => {
    started.hub.publish(TINY_NAME, madeUpModel());
    const { stderr } = await run(["pull", TINY_NAME]);
    expect(stderr).toMatch(
      /^12 files, 300\.\d kB, of which 300\.\d kB are to be fetched\norg\/tiny: 300\.\d kB fetched\n$/,
    );
    expect(await run(["pull", "nobody/nothing"])).toMatchObject({ code: 1, stdout: Buffer.alloc(0) });
    const wrong = await run(["pull", "x"]);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'kandinsky3: the model: expected a name on the Hub such as kandinsky-community/kandinsky-3, got "x"\n',
    ]);
    expect((await run(["pull", TINY_NAME, "--max-workers", "0"])).code).toBe(2);
  });

  test("Ctrl-C ends with 130 and keeps what came", async () => {
    started.hub.publish(TINY_NAME, madeUpModel(500_000));
    started.hub.behaviour.bytesPerSecond = 200_000;
    const { hub, cache } = started;
    const { child, outcome } = startCli(cache, ["pull", TINY_NAME], { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache });
    while (hub.downloads(WEIGHTS).every(({ sent }) => sent < 100_000)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGINT");
    const { code, stderr } = await outcome;
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /stopping; what has been fetched is kept\nkandinsky3: stopped before everything was fetched/,
    );
    expect(contentsOf(layout.locks)).toEqual([]);
    expect(contentsOf(layout.blobs).filter((entry) => entry.includes(".incomplete")).length).toBeGreaterThan(0);
  });
});

describe("rm", () => {
  test("one revision frees its own files alone", async () => {
    const old = started.hub.publish(TINY_NAME, madeUpModel());
    await succeed(["pull", TINY_NAME]);
    const changed = { ...madeUpModel(), [WEIGHTS]: madeUpBytes(20_000, 77), "unet/config.json": "{}" };
    const later = started.hub.publish(TINY_NAME, changed);
    await succeed(["pull", TINY_NAME]);
    const { size } = statSync(layout.file(old, WEIGHTS));
    const freed = size + '{"unet":1}'.length;

    const planned = JSON.parse(
      await succeed(["rm", TINY_NAME, "--revision", old.slice(0, 8), "--dry-run", "--json"]),
    ) as Record<string, unknown>;
    expect(planned).toMatchObject({ commits: [old], freedBytes: freed, dryRun: true });
    expect(existsSync(layout.snapshot(old))).toBe(true);

    const before = diskBytes();
    expect(await succeed(["rm", TINY_NAME, "--revision", old.slice(0, 8)])).toMatch(
      /^org\/tiny: 1 revision, freed 60\.0 kB; 240\.\d kB stay, other revisions use them\n$/,
    );
    expect(before - diskBytes()).toBe(freed);
    expect(readdirSync(layout.snapshots)).toEqual([later]);
    expect(await succeed(["verify", TINY_NAME])).not.toMatch(/wrong|missing/);
  });

  test("a whole model leaves nothing, and twice is an error", async () => {
    started.hub.publish(TINY_NAME, madeUpModel());
    await succeed(["pull", TINY_NAME]);
    expect(await succeed(["rm", TINY_NAME])).toMatch(/^org\/tiny: 1 revision, freed 300\.\d kB\n$/);
    expect(contentsOf(started.cache)).toEqual(["CACHEDIR.TAG (115)"]);
    const again = await run(["rm", TINY_NAME]);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/org\/tiny is not in the cache .*nothing to remove\n$/),
    ]);
  });

  test("an unknown revision names those that there are", async () => {
    const commit = started.hub.publish(TINY_NAME, madeUpModel());
    await succeed(["pull", TINY_NAME]);
    expect((await run(["rm", TINY_NAME, "--revision", "v9"])).stderr).toContain(
      `has no single revision "v9" in the cache, expected one of: ${commit.slice(0, 12)} main`,
    );
  });

  /** Bytes of blobs on the disk. */
  function diskBytes(): number {
    return readdirSync(layout.blobs).reduce((sum, name) => sum + statSync(layout.blob(name)).size, 0);
  }
});

describe("verify", () => {
  test("finds a flipped bit, a cut file and a missing one; --repair fetches those alone", async () => {
    const commit = started.hub.publish(TINY_NAME, madeUpModel());
    await succeed(["pull", TINY_NAME]);
    const model = madeUpModel();
    const blobOf = (path: string): string => layout.blob(sha256(Buffer.from(model[path] ?? "")));
    const bytes = readFileSync(blobOf(WEIGHTS));
    bytes.writeUInt8(bytes.readUInt8(30_000) ^ 4, 30_000);
    writeFileSync(blobOf(WEIGHTS), bytes);
    const cut = "movq/diffusion_pytorch_model.safetensors";
    writeFileSync(blobOf(cut), readFileSync(blobOf(cut)).subarray(0, 100));
    rmSync(layout.file(commit, "scheduler/scheduler_config.json"));

    const found = await run(["verify", TINY_NAME]);
    expect(found.code).toBe(1);
    expect(found.stderr).toBe(
      `kandinsky3: org/tiny: 3 of 12 files are wrong or missing; this fetches them: kandinsky3 verify org/tiny --repair\n`,
    );
    const bad = found.stdout
      .toString()
      .split("\n")
      .filter((line) => /(?:wrong|missing)$/.test(line));
    expect(bad.map((line) => line.split("  ").filter((_part, index) => index !== 1))).toEqual([
      [cut, "wrong"],
      ["scheduler/scheduler_config.json", "missing"],
      [WEIGHTS, "wrong"],
    ]);

    started.hub.log.splice(0);
    await succeed(["verify", TINY_NAME, "--repair"]);
    const asked = started.hub.log.filter(({ origin, path }) => origin === "hub" && !path.startsWith("/api/"));
    // The small one's content is the blob of two other files as well, and needs its link alone.
    expect(asked.map(({ path }) => path).sort()).toEqual([cut, WEIGHTS]);
    expect(await succeed(["verify", TINY_NAME])).not.toMatch(/wrong|missing/);
  });

  test("a model that is not there says how to get it", async () => {
    const { code, stderr } = await run(["verify", TINY_NAME]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/this fetches it: kandinsky3 pull org\/tiny\n$/)]);
  });
});

describe("--model", () => {
  const STEPS = [
    "--steps",
    "1",
    "--width",
    "64",
    "--height",
    "64",
    "--output-type",
    "latent",
    "--output",
    "x.npy",
    "--seed",
    "1",
  ];

  test("a name on the Hub gives what its folder gives, and the record names it", async () => {
    publishFixture();
    await succeed(["pull", TINY_NAME]);
    const byName = JSON.parse(await succeed(["generate", "a cat", "--model", TINY_NAME, "--json", ...STEPS])) as {
      settings: { model: string };
    };
    expect(byName.settings.model).toBe(TINY_NAME);
    const first = readFileSync(join(started.cache, "x.npy"));
    await succeed(["generate", "a cat", "--model", diffusersFixture("tiny"), ...STEPS]);
    expect(readFileSync(join(started.cache, "x.npy")).equals(first)).toBe(true);
    // The cache's own folder of a model means its snapshot, and a folder of that very name wins.
    await succeed(["generate", "a cat", "--model", layout.folder, ...STEPS]);
    expect(readFileSync(join(started.cache, "x.npy")).equals(first)).toBe(true);
    cpSync(diffusersFixture("tiny"), join(started.cache, "org/tiny"), { recursive: true });
    rmSync(layout.folder, { recursive: true });
    await succeed(["generate", "a cat", "--model", TINY_NAME, ...STEPS]);
  });

  test("what is missing, in whole or in part, says the command that fetches it", async () => {
    const generate = (...flags: string[]) => run(["generate", "a cat", "--model", TINY_NAME, ...flags, ...STEPS]);
    expect((await generate()).stderr).toMatch(/is not in the cache .*; this fetches it: kandinsky3 pull org\/tiny\n$/);
    const commit = publishFixture();
    await succeed(["pull", TINY_NAME]);
    expect((await generate("--variant", "fp16", "--revision", "main")).stderr).toMatch(
      /3 files are missing, such as .*; this fetches them: kandinsky3 pull org\/tiny --variant fp16 --revision main\n$/,
    );
    rmSync(layout.file(commit, "unet/config.json"));
    expect((await generate()).stderr).toMatch(
      /1 files are missing, such as unet\/config\.json; this fetches them: kandinsky3 pull org\/tiny\n$/,
    );
  });

  /** The tiny model of the goldens, on the Hub. */
  function publishFixture(): string {
    const root = diffusersFixture("tiny");
    const files = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name));
    return started.hub.publish(
      TINY_NAME,
      Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path)])),
    );
  }
});
