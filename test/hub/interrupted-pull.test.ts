/**
 * A download that is killed again and again, and two at once: in the end every byte is right, and the server's own log shows that
 * nothing which had reached the disk was asked for a second time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { CacheLayout } from "../../src/hub/cache/cache-layout.js";
import { contentSize } from "../../src/hub/cache/place-file.js";
import { type FakeHub, madeUpModel, PIPELINE_FILES, sha256, TINY_NAME } from "./fake-hub.js";
import { contentsOf, startBench } from "./support.js";

const KILLS = 50;
/** Weights come slowly enough that no run between two kills can finish, and all runs together do. */
const WEIGHT_BYTES = 4_000_000;
const BYTES_PER_SECOND = 250_000;
/** What may be on its way when a process is killed: a piece in its hands, and what the network holds. */
const IN_FLIGHT_BYTES = 1 << 20;

/** The compiled download alone, so that fifty starts of it do not take minutes. */
const PROGRAM = `
  const [{ HubClient }, { hubEnvironment }, { pullModel }] = await Promise.all(
    ["download/client", "environment", "pull-model"].map((name) => import("DIST/hub/" + name + ".js")),
  );
  const client = new HubClient({ environment: hubEnvironment(), userAgent: "kandinsky3/test" });
  await pullModel(client, "${TINY_NAME}");
  await client[Symbol.asyncDispose]();
`.replace("DIST", new URL("../../dist", import.meta.url).href);

function startPull(hub: FakeHub, cache: string): ChildProcess {
  return spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    env: { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: cache, HF_TOKEN: "" },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on("close", resolve));
}

test(`killed ${KILLS} times at random moments`, { timeout: 300_000 }, async () => {
  await using started = await startBench();
  const { hub, cache } = started;
  const model = madeUpModel(WEIGHT_BYTES);
  const commit = hub.publish(TINY_NAME, model);
  hub.behaviour.bytesPerSecond = BYTES_PER_SECOND;
  const layout = new CacheLayout(cache, TINY_NAME);
  const large = PIPELINE_FILES.filter((path) => (model[path] as Buffer).length > WEIGHT_BYTES);
  const hashes = new Map(large.map((path) => [path, sha256(model[path] as Buffer)]));
  /** For each file, what was on the disk after each kill. */
  const kept = new Map<string, number[]>(large.map((path) => [path, []]));
  let state = 20_261_125;
  const random = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;

  let killed = 0;
  let startUpMs = 0;
  while (killed < KILLS) {
    const begin = performance.now();
    const child = startPull(hub, cache);
    const end = ended(child);
    while (startUpMs === 0) {
      await sleep(5);
      startUpMs = hub.log.length > 0 ? performance.now() - begin : 0;
    }
    // From before the first request to well into the files.
    await Promise.race([sleep(startUpMs * 0.8 + 600 * random()), end]);
    if (!child.kill("SIGKILL")) {
      break;
    }
    await end;
    killed++;
    for (const [path, hash] of hashes) {
      const whole = await contentSize(layout.blob(hash));
      kept.get(path)?.push(whole ?? (await contentSize(layout.incomplete(hash))) ?? 0);
    }
  }
  expect(killed).toBe(KILLS);
  hub.behaviour.bytesPerSecond = 100_000_000;
  expect(await ended(startPull(hub, cache))).toBe(0);

  for (const path of PIPELINE_FILES) {
    expect(readFileSync(layout.file(commit, path)).equals(Buffer.from(model[path] ?? "")), path).toBe(true);
  }
  expect(contentsOf(cache).filter((entry) => /incomplete|\.lock|\.tmp/.test(entry))).toEqual([]);
  let resumed = 0;
  for (const path of large) {
    const requests = hub.downloads(path);
    const sizes = kept.get(path) ?? [];
    resumed += requests.filter(({ range }) => (range?.first ?? 0) > 0).length;
    for (const [index, { range, sent }] of requests.entries()) {
      const first = range?.first ?? expect.fail(`${path}: a request without a range`);
      // Every request begins at a size that the disk had when a process was killed, the first at nothing.
      expect([0, ...sizes], `${path}: request ${index}`).toContain(first);
      const next = requests[index + 1]?.range?.first ?? first + sent;
      expect(first + sent - next, `${path}: fetched twice after request ${index}`).toBeLessThan(IN_FLIGHT_BYTES);
    }
    expect(sizes, `${path}: what is on the disk never shrinks`).toEqual(sizes.toSorted((a, b) => a - b));
  }
  expect(resumed).toBeGreaterThan(large.length);
});

test("two processes fetch one model together, and no byte twice", { timeout: 60_000 }, async () => {
  const started = await startBench();
  onTestFinished(() => started[Symbol.asyncDispose]());
  const { hub, cache } = started;
  const model = madeUpModel(500_000);
  const commit = hub.publish(TINY_NAME, model);
  hub.behaviour.bytesPerSecond = 1_000_000;
  const codes = await Promise.all([startPull(hub, cache), startPull(hub, cache)].map(ended));
  expect(codes).toEqual([0, 0]);
  const contents = new Map(PIPELINE_FILES.map((path) => [path, Buffer.from(model[path] ?? "")]));
  for (const [path, content] of contents) {
    expect(readFileSync(join(cache, "models--org--tiny/snapshots", commit, path)).equals(content), path).toBe(true);
    // Files of one content are one blob, and one download.
    const twins = [...contents].filter(([, other]) => other.equals(content)).flatMap(([twin]) => hub.downloads(twin));
    expect(
      twins.map(({ range, sent }) => [range?.first, sent]),
      path,
    ).toEqual([[0, content.length]]);
  }
});
