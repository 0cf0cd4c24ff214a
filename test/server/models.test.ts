/** Models and estimates over HTTP, with a Hub of the test's own. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { contentsOf, startBench, type Bench } from "../hub/support.js";
import { TINY_NAME } from "../hub/fake-hub.js";
import { FakeCrew } from "../jobs/fake-crew.js";
import { tinyContents } from "../planning/tiny-contents.js";
import { post, startApp } from "./start-app.js";

const LIMIT = { timeout: 120_000 };

interface JobView {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly bytes: number | null;
  readonly bytes_done: number | null;
  readonly error: { readonly message: string } | null;
  readonly settings: Record<string, unknown> | null;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The Hub that this process and its children see. */
async function startHub(): Promise<Bench> {
  const bench = await startBench();
  onTestFinished(() => bench[Symbol.asyncDispose]());
  bench.hub.publish(TINY_NAME, tinyContents());
  vi.stubEnv("HF_ENDPOINT", bench.hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", bench.cache);
  return bench;
}

async function json<Body>(response: Response | Promise<Response>): Promise<Body> {
  return (await (await response).json()) as Body;
}

/** A job once it has ended. */
async function ended(address: string, id: string): Promise<JobView> {
  for (;;) {
    const job = await json<JobView>(fetch(`${address}/v1/jobs/${id}`));
    if (!["queued", "running"].includes(job.status)) {
      return job;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a plan says what a job would cost, and which part of its text is lost", LIMIT, async () => {
  const { address } = await startApp({}, new FakeCrew());
  const body = {
    prompt: "a красный house",
    negative_prompt: "blue",
    size: "200x128",
    steps: 10,
    guidance_scale: 1,
    n: 2,
  };
  const plan = await json<Record<string, unknown>>(post(address, "/v1/plan", body));
  expect(plan).toMatchObject({
    model: "nano",
    width: 256,
    height: 128,
    steps: 10,
    guided: false,
    images: 2,
    cut: null,
  });
  expect(plan).toMatchObject({ fits: true, alternative: null, disk: null });
  expect(plan["tokens"]).toBeGreaterThan(2);
  expect(plan["seconds"]).toBeGreaterThan(0);
  expect(plan["memory_bytes"]).toBeGreaterThan(1e7);
  expect(plan["notes"]).toContainEqual(expect.stringContaining('"красный"'));
  const long = await json<Record<string, unknown>>(post(address, "/v1/plan", { prompt: "red house ".repeat(200) }));
  expect([long["tokens"], long["cut"]]).toEqual([128, expect.stringContaining("red house")]);
  const guided = await json<{ seconds: number; steps: number }>(post(address, "/v1/plan", { prompt: "a", steps: 50 }));
  const half = { prompt: "a", steps: 50, strength: 0.5, image: "img_x" };
  const part = await json<{ seconds: number; steps: number }>(post(address, "/v1/plan", half));
  expect([guided.steps, part.steps]).toEqual([50, 25]);
  expect(part.seconds).toBeLessThan(guided.seconds);
  for (const [sent, field] of [
    [{ steps: 0 }, "steps"],
    [{ size: "big" }, "size"],
    [{ preset: "best" }, "preset"],
    [{ model: "none" }, null],
  ] as const) {
    const refused = await post(address, "/v1/plan", sent);
    const { error } = await json<{ error: { param: string | null } }>(refused);
    expect([refused.status, error.param], JSON.stringify(sent)).toEqual([field === null ? 404 : 400, field]);
  }
});

test(
  "a model on the Hub is planned before it is fetched, fetched, described, verified and removed",
  LIMIT,
  async () => {
    const { hub, cache } = await startHub();
    const crew = new FakeCrew();
    const { address } = await startApp({}, crew);
    const plan = await json<{ disk: { download_bytes: number }; seconds: number }>(
      post(address, "/v1/plan", { model: TINY_NAME, prompt: "a", width: 64, height: 64 }),
    );
    expect(plan.disk.download_bytes).toBeGreaterThan(1000);
    expect(existsSync(cache)).toBe(false);

    hub.behaviour.bytesPerSecond = 400_000;
    const asked = await post(address, "/v1/models/pull", { model: TINY_NAME });
    const { id, type } = await json<JobView>(asked);
    expect([asked.status, type]).toEqual([202, "pull"]);
    const events = await (await fetch(`${address}/v1/jobs/${id}/events`)).text();
    expect(events).toMatch(/event: job\.progress\n.*"phase":"download".*"bytes_per_second":\d/);
    const pulled = await ended(address, id);
    expect(pulled).toMatchObject({ status: "completed", settings: { repository: TINY_NAME } });
    expect(pulled.error).toBeNull();

    const model = await json<Record<string, unknown>>(fetch(`${address}/v1/models/${TINY_NAME}`));
    expect(model).toMatchObject({ id: TINY_NAME, source: "cache", problem: null, fits: true, known_words: null });
    const parts = model["parts"] as { name: string; parameters: number; dtype: string }[];
    expect(parts.map(({ name }) => name)).toEqual(["text_encoder", "unet", "movq"]);
    const { data } = await json<{ data: { id: string; known_words: string[] | null }[] }>(
      fetch(`${address}/v1/models`),
    );
    expect(data.map((one) => one.id)).toEqual(["nano", TINY_NAME]);
    expect(data[0]?.known_words).toContain("house");

    const verified = (): Promise<{ right: boolean; files: { path: string; state: string }[] }> =>
      json(post(address, `/v1/models/${encodeURIComponent(TINY_NAME)}/verify`, {}));
    expect(await verified()).toMatchObject({ right: true });
    const file = contentsOf(cache).find((line) => line.includes("movq") && line.includes(".safetensors ->")) ?? "";
    const path = join(cache, file.replace(/ -> .*$/, ""));
    rmSync(path);
    writeFileSync(path, "wrong");
    const damaged = await verified();
    expect([damaged.right, damaged.files.filter(({ state }) => state !== "right").length]).toEqual([false, 1]);

    const job = await json<JobView>(post(address, "/v1/jobs", { prompt: "a", model: TINY_NAME }));
    expect((await fetch(`${address}/v1/models/${TINY_NAME}`, { method: "DELETE" })).status).toBe(409);
    await crew.complete(job.id);
    await ended(address, job.id);
    const removed = await fetch(`${address}/v1/models/${TINY_NAME}`, { method: "DELETE" });
    expect(await json(removed)).toMatchObject({ id: TINY_NAME, deleted: true });
    expect((await fetch(`${address}/v1/models/${TINY_NAME}`)).status).toBe(404);
    expect((await fetch(`${address}/v1/models/nano`, { method: "DELETE" })).status).toBe(404);
  },
);

test("a download is cancelled, and the next one goes on where it was", LIMIT, async () => {
  const { hub } = await startHub();
  hub.behaviour.bytesPerSecond = 100_000;
  const { address } = await startApp({}, new FakeCrew());
  const { id } = await json<JobView>(post(address, "/v1/models/pull", { model: TINY_NAME }));
  await vi.waitFor(
    async () => {
      expect((await json<JobView>(fetch(`${address}/v1/jobs/${id}`))).bytes_done).toBeGreaterThan(20_000);
    },
    { timeout: 30_000 },
  );
  await post(address, `/v1/jobs/${id}/cancel`, {});
  expect((await ended(address, id)).status).toBe("cancelled");
  const before = hub.log.reduce((sum, { sent }) => sum + sent, 0);
  delete hub.behaviour.bytesPerSecond;
  const again = await json<JobView>(post(address, "/v1/models/pull", { model: TINY_NAME }));
  const { status, bytes } = await ended(address, again.id);
  const after = hub.log.reduce((sum, { sent }) => sum + sent, 0);
  expect(status).toBe("completed");
  expect(after - before).toBeLessThan(bytes ?? 0);
});

test("what cannot be fetched fails with a sentence; who may not look after models is told", LIMIT, async () => {
  await startHub();
  const { address } = await startApp({}, new FakeCrew());
  const { id } = await json<JobView>(post(address, "/v1/models/pull", { model: "nobody/nothing" }));
  const job = await ended(address, id);
  expect([job.status, job.error?.message]).toEqual(["failed", expect.stringMatching(/nobody\/nothing/)]);
  expect((await post(address, "/v1/models/pull", { model: "../../etc" })).status).toBe(400);
  expect((await post(address, "/v1/models/pull", {})).status).toBe(400);
  const other = await startApp({ authenticate: () => ({ owner: "k", admin: false }) }, new FakeCrew());
  const refused = [
    post(other.address, "/v1/models/pull", { model: TINY_NAME }),
    post(other.address, "/v1/models/nano/verify", {}),
    fetch(`${other.address}/v1/models/nano`, { method: "DELETE" }),
  ];
  expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([403, 403, 403]);
  expect((await post(other.address, "/v1/plan", { model: TINY_NAME, prompt: "a" })).status).toBe(404);
});
