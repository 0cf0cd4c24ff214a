/** What only workers of many machines meet: those who go away, and come back. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RedisCrew } from "../../src/jobs/crew/redis/redis-crew.js";
import { RedisWorker } from "../../src/jobs/crew/redis/redis-worker.js";
import type { Jobs } from "../../src/jobs/jobs.js";
import { haveRedis, RedisServer } from "../support/redis-server.js";
import { ask, closeJobs, openJobs, scratchFolder } from "./open-jobs.js";
import { processesWith } from "./processes.js";

const LIMIT = { timeout: 120_000 };
const PATIENCE = 1500;

describe.skipIf(!haveRedis())("with redis", () => {
  let redis: RedisServer;
  let folder: string;
  const open: { readonly jobs: Set<Jobs>; readonly workers: Set<RedisWorker> } = {
    jobs: new Set(),
    workers: new Set(),
  };

  beforeEach(async () => {
    redis = await RedisServer.start();
    folder = await scratchFolder();
  });
  afterEach(async () => {
    await Promise.all([...open.jobs].map((jobs) => closeJobs(jobs)));
    await Promise.all([...open.workers].map((worker) => worker.close(0)));
    open.jobs.clear();
    open.workers.clear();
    await redis.stop();
  });

  async function serve(at = folder, sharedFolder?: string): Promise<Jobs> {
    const crew = await RedisCrew.open({ url: redis.url, server: at, sharedFolder, patience: PATIENCE });
    const jobs = await openJobs(crew, at);
    open.jobs.add(jobs);
    return jobs;
  }

  async function hire(name: string): Promise<RedisWorker> {
    const worker = await RedisWorker.start({ url: redis.url, name, settings: {}, patience: PATIENCE });
    open.workers.add(worker);
    return worker;
  }

  async function end(jobs: Jobs): Promise<void> {
    open.jobs.delete(jobs);
    await closeJobs(jobs);
  }

  function reached(jobs: Jobs, id: string, step: number): Promise<void> {
    return vi.waitFor(
      () => {
        expect(jobs.get(id)?.progress?.step ?? 0).toBeGreaterThanOrEqual(step);
      },
      { timeout: 30_000, interval: 20 },
    );
  }

  test("two workers share what one server is asked", LIMIT, async () => {
    const jobs = await serve();
    await Promise.all([hire("w1"), hire("w2")]);
    const asked = await Promise.all([1, 2, 3, 4].map((seed) => ask(jobs, { prompt: "a boat", seed, steps: 40 })));
    await vi.waitFor(
      () => {
        const busy = jobs.workers().filter(({ job }) => job !== undefined);
        expect(busy.map(({ name }) => name)).toEqual(["w1", "w2"]);
      },
      { timeout: 30_000, interval: 20 },
    );
    const ended = await Promise.all(asked.map(({ id }) => jobs.ended(id)));
    expect(ended.map((job) => job?.status)).toEqual(Array(4).fill("completed"));
  });

  test("without a worker jobs wait; one that comes does them", LIMIT, async () => {
    const jobs = await serve();
    const { id } = await ask(jobs, { prompt: "a boat", steps: 2 });
    expect([jobs.get(id)?.status, jobs.workers()]).toEqual(["queued", []]);
    await hire("late");
    expect((await jobs.ended(id))?.status).toBe("completed");
  });

  test("what a worker finished while the server was away is there when it comes back", LIMIT, async () => {
    const first = await serve();
    await hire("w1");
    const { id } = await ask(first, { prompt: "a boat", steps: 60 });
    const waiting = await ask(first, { prompt: "a house", steps: 2 });
    await reached(first, id, 2);
    await end(first);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const second = await serve();
    expect(await second.ended(id)).toMatchObject({ status: "completed", crashes: 0 });
    expect((await second.ended(waiting.id))?.status).toBe("completed");
    expect(second.get(id)?.images).toHaveLength(1);
  });

  test("a worker that is told to end gives its job back, and it does not count as a crash", LIMIT, async () => {
    const jobs = await serve();
    const first = await hire("w1");
    const { id } = await ask(jobs, { prompt: "a boat", steps: 300 });
    await reached(jobs, id, 2);
    open.workers.delete(first);
    await first.close(0);
    await vi.waitFor(
      () => {
        expect(jobs.get(id)).toMatchObject({ status: "queued", crashes: 0 });
      },
      { timeout: 10_000 },
    );
    await jobs.cancel(id);
  });

  test("redis goes away and comes back: what was asked meanwhile and before is done", LIMIT, async () => {
    const jobs = await serve();
    await hire("w1");
    const before = await ask(jobs, { prompt: "a boat", steps: 100 });
    await reached(jobs, before.id, 2);
    await redis.goAway();
    const meanwhile = await ask(jobs, { prompt: "a house", steps: 2 });
    await expect(jobs.cancel(before.id)).rejects.toThrow(/^the queue cannot be used at the moment: /);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await redis.comeBack();
    // It was asked to be cancelled, which could not be said to its worker: either end is right, once.
    expect((await jobs.ended(before.id))?.status).toMatch(/^(completed|cancelled)$/);
    expect((await jobs.ended(meanwhile.id))?.status).toBe("completed");
  });

  test("redis comes back with nothing: jobs begin anew", LIMIT, async () => {
    const jobs = await serve();
    await hire("w1");
    const { id } = await ask(jobs, { prompt: "a boat", steps: 100 });
    await reached(jobs, id, 2);
    await redis.loseAll();
    expect(await jobs.ended(id)).toMatchObject({ status: "completed", crashes: 0 });
    expect(jobs.get(id)?.images).toHaveLength(1);
  });

  test("a worker without the server's shared folder says so", LIMIT, async () => {
    const jobs = await serve(folder, await scratchFolder());
    await hire("w1");
    const { id } = await ask(jobs, { prompt: "a boat", steps: 2 });
    const message = "the worker w1 was started without the server's --shared-folder";
    expect(await jobs.ended(id)).toMatchObject({ status: "failed", error: { kind: "failed", message } });
  });

  test("two servers share workers, and each hears of its own jobs alone", LIMIT, async () => {
    const [one, two] = [await serve(), await serve(await scratchFolder())];
    await hire("w1");
    const [first, second] = await Promise.all([
      ask(one, { prompt: "a boat", seed: 1, steps: 3 }),
      ask(two, { prompt: "a boat", seed: 2, steps: 3 }),
    ]);
    expect(await one.ended(first.id)).toMatchObject({ status: "completed", settings: { seed: "1" } });
    expect(await two.ended(second.id)).toMatchObject({ status: "completed", settings: { seed: "2" } });
  });

  test("after the end no process of a worker is left", LIMIT, async () => {
    const worker = await hire("w1");
    open.workers.delete(worker);
    await worker.close(0);
    await vi.waitFor(() => {
      expect(processesWith("worker-process")).toEqual([]);
    });
  });

  test("an address where nobody answers, and what is no address", LIMIT, async () => {
    const url = redis.url;
    await redis.stop();
    await expect(RedisCrew.open({ url, server: "s" })).rejects.toThrow(
      /^--queue: redis:.* cannot be used: .*ECONNREFUSED/,
    );
    for (const wrong of ["localhost:6379", "http://a", "redis://", "", "redis://user:secret@[:1"]) {
      const opened = RedisCrew.open({ url: wrong, server: "s" });
      await expect(opened, wrong).rejects.toThrow(/^--queue: expected an address such as redis:/);
      await expect(opened, wrong).rejects.not.toThrow(/secret/);
    }
  });
});
