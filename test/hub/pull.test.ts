/** A download from a server that behaves like the Hub: what is asked for, where it goes, and every way in which it can go wrong. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { HubError } from "../../src/errors.js";
import { CacheLayout } from "../../src/hub/cache/cache-layout.js";
import type { PullEvent } from "../../src/hub/download/fetch-files.js";
import { pullModel } from "../../src/hub/pull-model.js";
import { verifyModel } from "../../src/hub/verify-model.js";
import { resolveModel } from "../../src/loading/resolve-model.js";
import { type Fault, gitHash, madeUpBytes, madeUpModel, PIPELINE_FILES, sha256, TINY_NAME } from "./fake-hub.js";
import { type Bench, contentsOf, startBench } from "./support.js";

const WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

async function bench(): Promise<Bench> {
  const started = await startBench();
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

/** The fault at the first request for the U-Net's weights, or at so many of them. */
function failing({ hub }: Bench, fault: Fault, times = 1): void {
  hub.behaviour.fault = (path, attempt) => (path === WEIGHTS && attempt <= times ? fault : undefined);
}

function expectWhole({ hub, cache }: Bench, folder: string): void {
  for (const path of PIPELINE_FILES) {
    const expected = hub.repositories.get(TINY_NAME)?.files.get(path) ?? expect.fail(path);
    expect(readFileSync(join(folder, path)).equals(expected), path).toBe(true);
  }
  expect(contentsOf(cache).filter((entry) => /incomplete|\.lock|\.tmp/.test(entry))).toEqual([]);
}

/** What the network still held when a connection broke may come again, and no more. */
const IN_FLIGHT_BYTES = 128 * 1024;

function expectNothingTwice(requests: readonly { readonly first: number; readonly sent: number }[]): void {
  for (const [index, { first, sent }] of requests.entries()) {
    const next = requests[index + 1]?.first ?? first + sent;
    expect(next).toBeLessThanOrEqual(first + sent);
    expect(next).toBeGreaterThanOrEqual(first + Math.max(0, sent - IN_FLIGHT_BYTES));
  }
}

describe("a download", () => {
  test("fetches the pipeline's files alone, as blobs and relative links, and the reference", async () => {
    const started = await bench();
    const { hub, cache } = started;
    const commit = hub.publish(TINY_NAME, madeUpModel());
    const events: PullEvent[] = [];
    const { folder, files } = await pullModel(started.client(), TINY_NAME, { onEvent: (event) => events.push(event) });
    expect(files.map(({ path }) => path).sort()).toEqual(PIPELINE_FILES);
    expectWhole(started, folder);
    const model = hub.repositories.get(TINY_NAME) ?? expect.fail();
    const large = sha256(model.files.get(WEIGHTS) ?? expect.fail());
    const small = gitHash(model.files.get("unet/config.json") ?? expect.fail());
    const entries = contentsOf(join(cache, "models--org--tiny"));
    expect(entries).toContain(`snapshots/${commit}/${WEIGHTS} -> ../../../blobs/${large}`);
    expect(entries).toContain(`snapshots/${commit}/unet/config.json -> ../../../blobs/${small}`);
    expect(entries).toContain("refs/main (40)");
    expect(readFileSync(join(cache, "models--org--tiny/refs/main"), "utf8")).toBe(commit);
    const fetched = events.reduce((sum, event) => sum + (event.type === "fetched" ? event.bytes : 0), 0);
    // Three small files are the same two bytes, which come once.
    expect(fetched).toBe(files.reduce((sum, { size }) => sum + size, 0) - 2 * "{}".length);
  });

  test("asks for nothing but the listing when all is there", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    await pullModel(started.client(), TINY_NAME);
    const before = started.hub.log.length;
    const { folder } = await pullModel(started.client(), TINY_NAME);
    expectWhole(started, folder);
    expect(started.hub.log.slice(before).filter(({ path }) => !path.startsWith("/api/"))).toEqual([]);
  });

  test("takes a variant, and says which there are", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    const { files } = await pullModel(started.client(), TINY_NAME, { variant: "fp16" });
    const weights = files.map(({ path }) => path).filter((path) => path.endsWith(".safetensors"));
    expect(weights).toHaveLength(3);
    expect(weights.every((path) => path.endsWith(".fp16.safetensors"))).toBe(true);
    await expect(pullModel(started.client(), TINY_NAME, { variant: "int3" })).rejects.toThrow(
      /org\/tiny\/text_encoder has no variant "int3", expected one of: no variant .*"fp16"/,
    );
  });

  test("a part without the variant is taken as it is, and said; it is whole for everything else", async () => {
    const started = await bench();
    const { "movq/diffusion_pytorch_model.fp16.safetensors": _, ...model } = madeUpModel();
    started.hub.publish(TINY_NAME, model);
    const notices: string[] = [];
    const onEvent = (event: PullEvent): void => {
      if (event.type === "notice") {
        notices.push(event.message);
      }
    };
    const client = started.client();
    const { files } = await pullModel(client, TINY_NAME, { variant: "fp16", onEvent });
    expect(files.map(({ path }) => path).filter((path) => path.endsWith(".safetensors"))).toEqual([
      "text_encoder/model.fp16.safetensors",
      "unet/diffusion_pytorch_model.fp16.safetensors",
      "movq/diffusion_pytorch_model.safetensors",
    ]);
    expect(notices).toEqual(['org/tiny/movq is taken as it is: this part has no files of the variant "fp16"']);
    const environment = client.environment;
    for (const variant of ["fp16", undefined]) {
      expect((await resolveModel(TINY_NAME, { variant, environment })).name).toBe(TINY_NAME);
    }
    const { verdicts } = await verifyModel(client, TINY_NAME);
    expect(verdicts.filter(({ state }) => state !== "right")).toEqual([]);
    await pullModel(client, TINY_NAME, { include: ["movq/*"], variant: "fp16", onEvent });
    expect(notices).toHaveLength(1);
  });

  test("takes what patterns say, where a star crosses folders", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    const { files } = await pullModel(started.client(), TINY_NAME, {
      include: ["*.json", "tokenizer/"],
      exclude: ["*index*"],
    });
    expect(files.map(({ path }) => path).sort()).toEqual([
      "movq/config.json",
      "scheduler/scheduler_config.json",
      "text_encoder/config.json",
      "tokenizer/spiece.model",
      "tokenizer/tokenizer_config.json",
      "unet/config.json",
    ]);
    await expect(pullModel(started.client(), TINY_NAME, { include: ["*.gguf"] })).rejects.toThrow(
      /leave none of the 18/,
    );
  });

  test("keeps to one commit when the branch moves after the listing", async () => {
    const started = await bench();
    const { hub } = started;
    const first = hub.publish(TINY_NAME, madeUpModel());
    const old = hub.repositories.get(TINY_NAME);
    hub.behaviour.afterListing = () => {
      hub.behaviour.afterListing = () => undefined;
      hub.publish(TINY_NAME, { ...madeUpModel(70_000) });
    };
    const { commit, folder } = await pullModel(started.client(), TINY_NAME);
    expect(commit).toBe(first);
    expect(readFileSync(join(folder, WEIGHTS)).equals(old?.files.get(WEIGHTS) ?? Buffer.alloc(0))).toBe(true);
  });

  test("fetches only what a new commit changed", async () => {
    const started = await bench();
    const { hub } = started;
    hub.publish(TINY_NAME, madeUpModel());
    await pullModel(started.client(), TINY_NAME);
    const before = hub.log.length;
    hub.publish(TINY_NAME, { ...madeUpModel(), "movq/config.json": '{"movq":2}' });
    const { folder } = await pullModel(started.client(), TINY_NAME);
    expectWhole(started, folder);
    expect(
      hub.log
        .slice(before)
        .filter(({ path }) => !path.startsWith("/api/"))
        .map(({ path }) => path),
    ).toEqual(["movq/config.json"]);
  });

  test("writes plain files where links are not wanted", async () => {
    const started = await bench();
    const commit = started.hub.publish(TINY_NAME, madeUpModel());
    const client = started.client({ env: { HF_HUB_DISABLE_SYMLINKS: "1" } });
    const { folder, files } = await pullModel(client, TINY_NAME);
    expectWhole(started, folder);
    const entries = contentsOf(join(started.cache, "models--org--tiny"));
    expect(entries.filter((entry) => entry.includes("->") || entry.startsWith("blobs/"))).toEqual([]);
    expect(entries.filter((entry) => entry.startsWith(`snapshots/${commit}/`))).toHaveLength(files.length);

    // The next commit takes what it shares from this one's files.
    started.hub.log.splice(0);
    started.hub.publish(TINY_NAME, { ...madeUpModel(), "movq/config.json": '{"movq":2}' });
    const next = await pullModel(client, TINY_NAME);
    expectWhole(started, next.folder);
    expect(started.hub.log.filter(({ path }) => !path.startsWith("/api/")).map(({ path }) => path)).toEqual([
      "movq/config.json",
    ]);
  });
});

describe("a file that comes badly", () => {
  test.each<[string, Fault, number]>([
    ["breaks off", { kind: "truncate", after: 30_000 }, 1],
    ["breaks off many times, each time further on", { kind: "truncate", after: 9000 }, 3],
    ["falls silent", { kind: "stall", after: 20_000 }, 1],
    ["is refused for too many requests", { kind: "status", status: 429, headers: { "retry-after": "0" } }, 1],
    ["is refused by a server in trouble", { kind: "status", status: 503 }, 2],
    ["is refused by the storage, whose signature has run out", { kind: "status", status: 403 }, 1],
    ["has wrong bytes once", { kind: "wrong-bytes" }, 1],
    ["comes whole where a range was asked for", { kind: "no-ranges" }, 1],
  ])("%s: it is whole in the end", async (_name, fault, times) => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    failing(started, fault, times);
    const client = started.client({ env: { HF_HUB_DOWNLOAD_TIMEOUT: "1" } });
    const { folder } = await pullModel(client, TINY_NAME);
    expectWhole(started, folder);
    if (fault.kind === "truncate" || fault.kind === "stall") {
      const requests = started.hub.downloads(WEIGHTS);
      expect(requests).toHaveLength(times + 1);
      expectNothingTwice(requests.map(({ range }) => ({ first: range?.first ?? 0, sent: fault.after })));
    }
  });

  test("after many breaks that each brought something, the download still goes on", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel(4_000_000));
    // Many more breaks than there are retries.
    failing(started, { kind: "truncate", after: 250_000 }, 15);
    const { folder } = await pullModel(started.client(), TINY_NAME);
    expectWhole(started, folder);
    const firsts = started.hub.downloads(WEIGHTS).map(({ range }) => range?.first ?? 0);
    expect(firsts).toHaveLength(16);
    expectNothingTwice(firsts.map((first) => ({ first, sent: 250_000 })));
  });

  test("Retry-After is kept to", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    failing(started, { kind: "status", status: 429, headers: { "retry-after": "1" } });
    const begin = performance.now();
    await pullModel(started.client(), TINY_NAME);
    expect(performance.now() - begin).toBeGreaterThan(1000);
    expect(started.retries).toEqual([expect.stringMatching(/answers 429 and asks to wait 1 s when asked for unet/)]);
  });

  test.each<[string, Fault, RegExp]>([
    [
      "wrong bytes again and again",
      { kind: "wrong-bytes" },
      /unet\/.* came with other bytes .* twice; expected the hash [0-9a-f]{64}/,
    ],
    [
      "another range than asked for",
      { kind: "shifted-range" },
      /answers with the range "bytes 1-.*", expected "bytes 0-/,
    ],
    ["more than the listing says", { kind: "too-long" }, /sends more than the \d+ bytes that the listing promises/],
    ["a server that never recovers", { kind: "status", status: 500 }, /answers 500 when asked for unet\//],
    [
      "a wait that nobody would wait for",
      { kind: "status", status: 429, headers: { "retry-after": "86400" } },
      /asks to wait 86400 s/,
    ],
  ])("%s: one sentence, no reference, and what was right stays", async (_name, fault, message) => {
    const started = await bench();
    const { hub, cache } = started;
    hub.publish(TINY_NAME, madeUpModel());
    failing(started, fault, Infinity);
    const failure = await pullModel(started.client(), TINY_NAME).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(HubError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toMatch(/\n|signature|secret/);
    expect(existsSync(join(cache, "models--org--tiny/refs/main"))).toBe(false);
    hub.behaviour.fault = () => undefined;
    const { folder } = await pullModel(started.client(), TINY_NAME);
    expectWhole(started, folder);
  });

  test("a file that the Hub lists and does not have", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    started.hub.behaviour.fault = (path) =>
      path === "unet/config.json"
        ? { kind: "status", status: 404, headers: { "x-error-code": "EntryNotFound" } }
        : undefined;
    await expect(pullModel(started.client(), TINY_NAME)).rejects.toThrow(
      /^org\/tiny has no file "unet\/config\.json" at revision [0-9a-f]{40}$/,
    );
  });

  test("a partial file whose beginning was spoilt is fetched anew, once", async () => {
    const started = await bench();
    const model = madeUpModel();
    started.hub.publish(TINY_NAME, model);
    const layout = new CacheLayout(started.cache, TINY_NAME);
    mkdirSync(layout.blobs, { recursive: true });
    writeFileSync(layout.incomplete(sha256(model[WEIGHTS] as Buffer)), madeUpBytes(5000, 99));
    const { folder } = await pullModel(started.client(), TINY_NAME);
    expectWhole(started, folder);
    expect(started.hub.downloads(WEIGHTS).map(({ range }) => range?.first)).toEqual([5000, 0]);
  });
});

describe("access", () => {
  test("a gated model says what to do, without a token and with a wrong one", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    started.hub.behaviour.token = "hf_right";
    await expect(pullModel(started.client(), TINY_NAME)).rejects.toThrow(
      `org/tiny is gated: accept its terms at ${started.hub.endpoint}/org/tiny and set HF_TOKEN, or run "hf auth login"`,
    );
    const failure: unknown = await pullModel(started.client({ env: { HF_TOKEN: "hf_wrong" } }), TINY_NAME).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(failure)).toMatch(/the token in use has no access to it/);
    expect(String(failure)).not.toContain("hf_wrong");
  });

  test("the token goes to the Hub and never to the storage", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    started.hub.behaviour.token = "hf_right";
    writeFileSync(join(started.cache, "../token"), "hf_right\n");
    await pullModel(started.client(), TINY_NAME);
    const seen = (origin: string) =>
      new Set(started.hub.log.filter((entry) => entry.origin === origin).map(({ authorization }) => authorization));
    expect(seen("hub")).toEqual(new Set(["Bearer hf_right"]));
    expect(seen("storage")).toEqual(new Set([undefined]));
  });

  test.each([
    ["nobody/nothing", {}, /has no repository nobody\/nothing \(it answers 404\), expected its name, or a token/],
    [TINY_NAME, { revision: "v9" }, /org\/tiny has no revision "v9", expected a branch, a tag or a commit/],
    ["../etc", {}, /expected a name on the Hub such as .*, got "\.\.\/etc"/],
    [TINY_NAME, { revision: "../../x" }, /^revision: expected .*, got "\.\.\/\.\.\/x"/],
  ])("%s %j", async (name, options, message) => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    await expect(pullModel(started.client(), name, options)).rejects.toThrow(message);
  });

  test("a Hub that is not there", async () => {
    const started = await bench();
    const client = started.client({ env: { HF_ENDPOINT: "http://127.0.0.1:1" } });
    await expect(pullModel(client, TINY_NAME)).rejects.toThrow(/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
  });
});

describe("without network", () => {
  const offline = { HF_HUB_OFFLINE: "1" };

  test("a whole model is found, and nothing is asked", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    await pullModel(started.client(), TINY_NAME);
    const before = started.hub.log.length;
    const { folder } = await pullModel(started.client({ env: offline }), TINY_NAME);
    expectWhole(started, folder);
    expect(started.hub.log).toHaveLength(before);
  });

  test("what is missing is named", async () => {
    const started = await bench();
    const commit = started.hub.publish(TINY_NAME, madeUpModel());
    const client = started.client({ env: offline });
    await expect(pullModel(client, TINY_NAME)).rejects.toThrow(
      /HF_HUB_OFFLINE is set and .* has no listing of org\/tiny/,
    );
    await pullModel(started.client(), TINY_NAME);
    rmSync(new CacheLayout(started.cache, TINY_NAME).file(commit, WEIGHTS));
    await expect(pullModel(client, TINY_NAME)).rejects.toThrow(
      /1 of 12 files of org\/tiny are not in .*, such as unet\//,
    );
  });
});

describe("the disk", () => {
  test.each(["../../evil", "/etc/passwd", "a/../../b", "a\\b", "c:x", "a//b", "a/\u0000b"])(
    "a file called %j stops everything before it begins",
    async (path) => {
      const started = await bench();
      started.hub.publish(TINY_NAME, { ...madeUpModel(), [path]: "evil" });
      await expect(pullModel(started.client(), TINY_NAME)).rejects.toThrow(
        /org\/tiny lists the file ".*", expected a path that stays inside the repository/,
      );
      expect(existsSync(started.cache)).toBe(false);
    },
  );

  test("a model that does not fit is refused before its first byte", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    const { behaviour } = started.hub;
    // The Hub's listing is the only place that knows a size.
    behaviour.listedSizes = new Map([[WEIGHTS, 2 ** 52]]);
    await expect(pullModel(started.client(), TINY_NAME)).rejects.toThrow(
      /the disk of .* has [\d.]+ [GT]B free, expected 4503\.6 TB for the 12 files of org\/tiny that are not there yet/,
    );
    expect(existsSync(started.cache)).toBe(false);
  });

  test.runIf(existsSync("/dev/full"))("a disk that fills up on the way says so", async () => {
    const started = await bench();
    const model = madeUpModel();
    started.hub.publish(TINY_NAME, model);
    const layout = new CacheLayout(started.cache, TINY_NAME);
    mkdirSync(layout.blobs, { recursive: true });
    symlinkSync("/dev/full", layout.incomplete(sha256(model[WEIGHTS] as Buffer)));
    await expect(pullModel(started.client(), TINY_NAME)).rejects.toThrow(
      /blobs\/[0-9a-f]{64}\.incomplete cannot be written: the disk is full; what has been fetched is kept/,
    );
    expect(existsSync(layout.ref("main"))).toBe(false);
  });

  test.runIf(process.geteuid !== undefined)("a cache that cannot be written serves what it has", async () => {
    const started = await bench();
    started.hub.publish(TINY_NAME, madeUpModel());
    await pullModel(started.client(), TINY_NAME);
    started.hub.publish(TINY_NAME, { ...madeUpModel(), "README.md": "# Another" });
    const events: PullEvent[] = [];
    await asNobody(started.cache, async () => {
      await pullModel(started.client(), TINY_NAME, { revision: "main", onEvent: (event) => events.push(event) }).then(
        () => expect.fail("the new commit has no snapshot yet"),
        (thrown: unknown) => {
          expect(String(thrown)).toMatch(/models--org--tiny.* cannot be written: permission is denied/);
        },
      );
      const offline = started.client({ env: { HF_HUB_OFFLINE: "1" } });
      const { folder } = await pullModel(offline, TINY_NAME);
      expect(statSync(join(folder, WEIGHTS)).size).toBe(60_006);
    });
  });
});

/** Runs `work` as a user who may read the folder but not write it. */
async function asNobody(folder: string, work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  execFileSync("chmod", ["-R", "a+rX,a-w", join(folder, "..")]);
  if (root) {
    process.seteuid?.(65_534);
  }
  try {
    await work();
  } finally {
    if (root) {
      process.seteuid?.(0);
    }
    execFileSync("chmod", ["-R", "u+w", join(folder, "..")]);
  }
}
