/**
 * Python's huggingface_hub and this program share one cache. `python-cache.json` is what huggingface_hub 2.4.0 wrote for the made-up
 * model; with HUGGINGFACE_HUB_PYTHON naming a Python that has huggingface_hub, it is written anew and compared, and Python reads
 * what this program wrote.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { cachedModels } from "../../src/hub/cache/cached-models.js";
import { pullModel } from "../../src/hub/pull-model.js";
import { verifyModel } from "../../src/hub/verify-model.js";
import { resolveModel } from "../../src/loading/resolve-model.js";
import { hubEnvironment } from "../../src/hub/environment.js";
import { madeUpModel, PIPELINE_FILES, sha256, TINY_NAME } from "./fake-hub.js";
import { type Bench, startBench } from "./support.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const GOLDEN = new URL("python-cache.json", import.meta.url);
const PYTHON = process.env["HUGGINGFACE_HUB_PYTHON"] ?? "";

/** Where a link leads, the SHA-256 of a content, or the value of a small JSON or text file. */
type Entry = { readonly link: string } | { readonly sha256: string } | { readonly value: unknown };
type Entries = Readonly<Record<string, Entry>>;

async function bench(): Promise<Bench> {
  const started = await startBench();
  onTestFinished(() => started[Symbol.asyncDispose]());
  started.hub.publish(TINY_NAME, madeUpModel(), COMMIT);
  return started;
}

function golden(): Entries {
  return JSON.parse(readFileSync(GOLDEN, "utf8")) as Entries;
}

/** A cache as entries; locks are each tool's own, and the tag's comment is in its own words. */
function entriesOf(cache: string): Entries {
  const found = readdirSync(cache, { withFileTypes: true, recursive: true }).filter((entry) => !entry.isDirectory());
  const entries = found.flatMap((entry): [string, Entry][] => {
    const path = join(entry.parentPath, entry.name);
    const name = relative(cache, path);
    if (name.startsWith(".locks") || name === "CACHEDIR.TAG") {
      return [];
    }
    if (entry.isSymbolicLink()) {
      return [[name, { link: readlinkSync(path) }]];
    }
    const content = readFileSync(path);
    if (name.includes("/trees/")) {
      return [[name, { value: JSON.parse(content.toString()) as unknown }]];
    }
    return [[name, name.includes("/refs/") ? { value: content.toString() } : { sha256: sha256(content) }]];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Builds the cache that Python wrote. */
function rebuild(cache: string): void {
  const contents = new Map(
    Object.values(madeUpModel()).map((content) => [sha256(Buffer.from(content)), Buffer.from(content)]),
  );
  for (const [name, entry] of Object.entries(golden())) {
    const path = join(cache, name);
    mkdirSync(dirname(path), { recursive: true });
    if ("link" in entry) {
      symlinkSync(entry.link, path);
    } else if ("sha256" in entry) {
      writeFileSync(path, contents.get(entry.sha256) ?? expect.fail(name));
    } else {
      writeFileSync(path, typeof entry.value === "string" ? entry.value : JSON.stringify(entry.value));
    }
  }
}

async function python(started: Bench, lines: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { stdout } = await promisify(execFile)(PYTHON, ["-c", lines.join("\n")], {
    env: {
      ...process.env,
      HF_ENDPOINT: started.hub.endpoint,
      HF_HUB_CACHE: started.cache,
      HF_HUB_DISABLE_XET: "1",
      ...env,
    },
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

test("this program writes what Python writes", async () => {
  const started = await bench();
  await pullModel(started.client(), TINY_NAME);
  expect(entriesOf(started.cache)).toEqual(golden());
});

test("what Python wrote is listed, whole, right, and used without a request for a file", async () => {
  const started = await bench();
  rebuild(started.cache);
  const [model] = await cachedModels(started.cache);
  expect(model).toMatchObject({ repository: TINY_NAME, partialBytes: 0 });
  expect(model?.revisions).toMatchObject([{ commit: COMMIT, refs: ["main"], className: "Kandinsky3Pipeline" }]);
  expect(model?.revisions[0]?.files.map(({ path }) => path)).toEqual(PIPELINE_FILES);
  const environment = hubEnvironment({ HF_HUB_CACHE: started.cache });
  const { folder } = await resolveModel(TINY_NAME, { environment });
  expect(folder).toBe(join(started.cache, "models--org--tiny/snapshots", COMMIT));
  const { verdicts } = await verifyModel(started.client({ env: { HF_HUB_OFFLINE: "1" } }), TINY_NAME);
  expect(verdicts.filter(({ state }) => state === "right")).toHaveLength(PIPELINE_FILES.length);
  await pullModel(started.client(), TINY_NAME);
  expect(started.hub.log.filter(({ path }) => !path.startsWith("/api/"))).toEqual([]);
  expect(entriesOf(started.cache)).toEqual(golden());
});

describe.runIf(PYTHON !== "")("with Python at hand", { timeout: 120_000 }, () => {
  test("Python still writes what the stored listing says", async () => {
    const started = await bench();
    await python(started, [
      "import huggingface_hub, json",
      `huggingface_hub.snapshot_download("${TINY_NAME}", allow_patterns=${JSON.stringify(PIPELINE_FILES)})`,
      "print(json.dumps(huggingface_hub.__version__))",
    ]);
    if (process.env["KANDINSKY3_WRITE_GOLDENS"] === "1") {
      writeFileSync(GOLDEN, `${JSON.stringify(entriesOf(started.cache), null, 2)}\n`);
    }
    expect(entriesOf(started.cache)).toEqual(golden());
  });

  test("Python reads what this program wrote, offline", async () => {
    const started = await bench();
    const { folder } = await pullModel(started.client(), TINY_NAME);
    const report = await python(
      started,
      [
        "import huggingface_hub as hub, json, os",
        `folder = hub.snapshot_download("${TINY_NAME}", allow_patterns=${JSON.stringify(PIPELINE_FILES)})`,
        `file = hub.hf_hub_download("${TINY_NAME}", "unet/config.json")`,
        `missing = hub.try_to_load_from_cache("${TINY_NAME}", "README.md")`,
        "scan = hub.scan_cache_dir()",
        "[repo] = scan.repos",
        "[revision] = repo.revisions",
        "print(json.dumps([folder, open(file).read(), missing, [str(w) for w in scan.warnings], repo.repo_id, sorted(revision.refs), revision.commit_hash, len(revision.files)]))",
      ],
      { HF_HUB_OFFLINE: "1" },
    );
    expect(report).toEqual([folder, '{"unet":1}', null, [], TINY_NAME, ["main"], COMMIT, PIPELINE_FILES.length]);
  });
});
