/** What holds for jobs whoever does them: workers of this machine, or of many through Redis. The model is the bundled one. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Crew } from "../../src/jobs/crew/crew.js";
import { LocalCrew } from "../../src/jobs/crew/local-crew.js";
import { RedisCrew } from "../../src/jobs/crew/redis/redis-crew.js";
import { RedisWorker } from "../../src/jobs/crew/redis/redis-worker.js";
import type { Jobs } from "../../src/jobs/jobs.js";
import { haveRedis, RedisServer } from "../support/redis-server.js";
import { ask, closeJobs, openJobs, scratchFolder } from "./open-jobs.js";
import { processesWith } from "./processes.js";

const LIMIT = { timeout: 120_000 };

interface Staff {
  readonly name: string;
  /** A crew with one worker behind it. */
  readonly open: () => Promise<Crew>;
  readonly close: () => Promise<void>;
}

const local: Staff = {
  name: "local",
  open: () => Promise.resolve(new LocalCrew({ settings: {} })),
  close: () => Promise.resolve(),
};

let redis: RedisServer;
let workers: RedisWorker[] = [];

function remote(name: string, folder: () => Promise<string | undefined>): Staff {
  return {
    name,
    open: async () => {
      const sharedFolder = await folder();
      workers.push(await RedisWorker.start({ url: redis.url, name: "w1", settings: {}, sharedFolder }));
      return RedisCrew.open({ url: redis.url, server: "s", sharedFolder });
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close(0)));
      workers = [];
      await redis.loseAll();
    },
  };
}

const withRedis = haveRedis();
const staffs = withRedis
  ? [local, remote("redis", () => Promise.resolve(undefined)), remote("redis and a shared folder", scratchFolder)]
  : [local];

beforeAll(async () => {
  if (withRedis) {
    redis = await RedisServer.start();
  }
});
afterAll(async () => {
  if (withRedis) {
    await redis.stop();
  }
});

test.skipIf(withRedis)("redis-server is missing and cannot be installed here", () => {
  expect(withRedis).toBe(true);
});

describe.each(staffs)("$name", ({ open, close }) => {
  let jobs: Jobs | undefined;
  afterEach(async () => {
    await (jobs && closeJobs(jobs));
    jobs = undefined;
    await close();
  });

  async function start(): Promise<Jobs> {
    jobs = await openJobs(await open(), await scratchFolder());
    return jobs;
  }

  test("a job, its previews, a picture that it made as the input of the next", LIMIT, async () => {
    const running = await start();
    const { id } = await ask(running, { prompt: "a red house", seed: 7, steps: 4, n: 2 });
    const types: string[] = [];
    for await (const { type } of running.watch(id)) {
      types.push(type);
    }
    expect([types[0], types.at(-1)]).toEqual(["job.queued", "job.completed"]);
    expect(types).toContain("job.preview");
    const job = running.get(id);
    expect(job?.settings).toMatchObject({ prompt: "a red house", steps: 4, seed: "7", model: "nano" });
    expect(job?.images.map(({ seed }) => seed)).toEqual(["7", "7"]);
    const image = job?.images[0]?.id ?? expect.fail("no picture");
    const change = await ask(running, { prompt: "a blue house", image, strength: 0.5, steps: 4 });
    expect(await running.ended(change.id)).toMatchObject({ status: "completed", settings: { mode: "image-to-image" } });
  });

  test("jobs that wait are done one after the other", LIMIT, async () => {
    const running = await start();
    const asked = await Promise.all(
      Array.from({ length: 6 }, (_, index) => ask(running, { prompt: "a tree", seed: index, steps: 2 })),
    );
    const ended = await Promise.all(asked.map(({ id }) => running.ended(id)));
    expect(ended.map((job) => [job?.status, job?.images.length, job?.crashes])).toEqual(
      Array.from({ length: 6 }, () => ["completed", 1, 0]),
    );
  });

  test("cancelled in the steps, and the next job is right", LIMIT, async () => {
    const running = await start();
    const { id } = await ask(running, { prompt: "a blue boat", steps: 400 });
    for await (const { type, data } of running.watch(id)) {
      if (type === "job.progress" && data["step"] === 3) {
        await running.cancel(id);
      }
    }
    expect(running.get(id)?.status).toBe("cancelled");
    const next = await ask(running, { prompt: "a blue boat", steps: 2 });
    expect((await running.ended(next.id))?.status).toBe("completed");
  });

  test("what is asked wrongly fails with the field's name, at once", LIMIT, async () => {
    const running = await start();
    const { id } = await ask(running, { prompt: "a", mask_area: "only" });
    const error = { kind: "invalid_request", fields: ["mask_area"] };
    expect(await running.ended(id)).toMatchObject({ status: "failed", crashes: 0, error });
  });

  test("killed twice in its work a job has failed; the next one is done", LIMIT, async () => {
    const running = await start();
    const { id } = await ask(running, { prompt: "a green tree", steps: 400 });
    let crashes = 0;
    for await (const { type, data } of running.watch(id)) {
      if (type === "job.progress" && Number(data["step"]) >= 2 && running.get(id)?.crashes === crashes) {
        crashes++;
        processesWith("worker-process").forEach((pid) => process.kill(pid, "SIGKILL"));
      }
    }
    expect(running.get(id)).toMatchObject({ status: "failed", crashes: 2, error: { kind: "crashed" } });
    const next = await ask(running, { prompt: "a green tree", steps: 2 });
    expect((await running.ended(next.id))?.status).toBe("completed");
  });
});
