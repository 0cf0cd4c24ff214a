/** A Hub that says when it will answer is obeyed, once for all downloads, and that costs no attempt. */
import { expect, onTestFinished, test } from "vitest";
import { pullModel } from "../../src/hub/pull-model.js";
import { madeUpModel, TINY_NAME } from "./fake-hub.js";
import { type Bench, startBench } from "./support.js";

async function bench(): Promise<Bench> {
  const started = await startBench();
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

const refused = (headers: Record<string, string>, status = 429) => ({ kind: "status", status, headers }) as const;

test("24 small files, each address refused twice for a second, take under 40 s", async () => {
  const started = await bench();
  const files = Object.fromEntries(
    Array.from({ length: 24 }, (_, index) => [`unet/part-${index}.json`, `{"n":${index}}`]),
  );
  started.hub.publish(TINY_NAME, files);
  const fault = (_path: string, attempt: number) => (attempt <= 2 ? refused({ "retry-after": "1" }) : undefined);
  Object.assign(started.hub.behaviour, { fault, apiFault: fault });
  const begin = performance.now();
  const { files: pulled } = await pullModel(started.client(), TINY_NAME, { include: ["unet/*"] });
  const seconds = (performance.now() - begin) / 1000;
  process.stderr.write(`24 files refused twice: ${seconds.toFixed(1)} s, ${started.retries.length} notes\n`);
  expect(pulled).toHaveLength(24);
  expect(seconds).toBeLessThan(40);
  // Four files at a time share each wait.
  expect(started.retries.length).toBeLessThan(24);
});

test("refusals by a window cost no attempt, and mention HF_TOKEN only without one", async () => {
  const started = await bench();
  started.hub.publish(TINY_NAME, madeUpModel());
  const limit = { ratelimit: '"api";r=9;t=300, "resolvers";r=0;t=1' };
  // More than the three attempts that the bench has.
  started.hub.behaviour.fault = (path, attempt) =>
    path === "unet/config.json" && attempt <= 5 ? refused(limit) : undefined;
  await pullModel(started.client(), TINY_NAME);
  expect(started.retries).toHaveLength(5);
  for (const note of started.retries) {
    expect(note).toMatch(/answers 429 and asks to wait 1 s when asked for unet\/config\.json \(a token in HF_TOKEN/);
  }
  started.retries.splice(0);
  started.hub.behaviour.apiFault = (_path, attempt) => (attempt === 3 ? refused(limit) : undefined);
  await pullModel(started.client({ env: { HF_TOKEN: "hf_x" } }), TINY_NAME);
  expect(started.retries.join()).not.toContain("HF_TOKEN");
});

test("503 with a date is waited for by the server's clock", async () => {
  const started = await bench();
  started.hub.publish(TINY_NAME, madeUpModel());
  const hour = 3_600_000;
  const date = (ms: number) => new Date(Date.now() - hour + ms).toUTCString();
  started.hub.behaviour.apiFault = (_path, attempt) =>
    attempt === 1 ? refused({ "retry-after": date(2000), date: date(0) }, 503) : undefined;
  const begin = performance.now();
  await pullModel(started.client(), TINY_NAME);
  expect(started.retries[0]).toMatch(/answers 503 and asks to wait 2 s/);
  expect(performance.now() - begin).toBeGreaterThan(2000);
});

test("a wait ends with the signal", async () => {
  const started = await bench();
  started.hub.publish(TINY_NAME, madeUpModel());
  started.hub.behaviour.apiFault = () => refused({ "retry-after": "300" });
  const begin = performance.now();
  const pull = pullModel(started.client({ signal: AbortSignal.timeout(300) }), TINY_NAME);
  await expect(pull).rejects.toThrow(/stopped before everything was fetched/);
  expect(performance.now() - begin).toBeLessThan(5000);
});
