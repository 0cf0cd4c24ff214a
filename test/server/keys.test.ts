/** API keys: who may ask, for how much, and who sees what. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { keyLimits } from "../../src/jobs/admission/key-limits.js";
import { commandFilter, wordFilter } from "../../src/jobs/admission/text-filter.js";
import type { Admission } from "../../src/jobs/job-request.js";
import { ApiKeys } from "../../src/jobs/admission/api-keys.js";
import { ModelDesk } from "../../src/jobs/models/model-desk.js";
import { PullCrew } from "../../src/jobs/models/pull-crew.js";
import { ServedModels } from "../../src/jobs/models/served-models.js";
import { buildApp } from "../../src/server/app.js";
import { byKey } from "../../src/server/key-authentication.js";
import { Store } from "../../src/jobs/store/store.js";
import { Jobs } from "../../src/jobs/jobs.js";
import { FakeCrew } from "../jobs/fake-crew.js";
import { scratchFolder } from "../jobs/open-jobs.js";
import { post } from "./start-app.js";
import { onTestFinished } from "vitest";

interface Started {
  readonly address: string;
  readonly keys: ApiKeys;
  readonly jobs: Jobs;
  readonly crew: FakeCrew;
}

async function start(more: readonly Admission[] = [], insecure = false): Promise<Started> {
  const store = await Store.open(await scratchFolder());
  const [keys, models, crew] = [new ApiKeys(store.database), new ServedModels(), new FakeCrew(1)];
  const admission = [keyLimits(store, keys, models), ...more];
  const retention = { keepMilliseconds: 1e9, keepJobs: 1000 };
  const desk = new ModelDesk();
  const jobs = await Jobs.start(
    store,
    { images: crew, pull: new PullCrew(desk) },
    { maxQueue: 100, retention, admission },
  );
  const app = await buildApp({ jobs, models, desk, authenticate: byKey(keys, { insecure }) });
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await jobs.settle(0);
    await app.close();
    await jobs.close();
  });
  return { address, keys, jobs, crew };
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

test("without keys whoever is here may ask; once there is one, it is needed", async () => {
  const { address, keys } = await start();
  expect((await post(address, "/v1/jobs", { prompt: "a" }, bearer("sk-anything"))).status).toBe(202);
  const { key } = keys.create("phone", { admin: false, limits: {} });
  expect(key).toMatch(/^k3_[\w-]{43}$/);
  expect((await post(address, "/v1/jobs", { prompt: "a" })).status).toBe(401);
  expect((await post(address, "/v1/jobs", { prompt: "a" }, bearer(`${key}x`))).status).toBe(401);
  expect((await post(address, "/v1/jobs", { prompt: "a" }, bearer(key))).status).toBe(202);
  expect((await fetch(`${address}/health`)).status).toBe(200);
  expect(JSON.stringify(keys.list())).not.toContain(key);
  keys.revoke("phone");
  expect((await post(address, "/v1/jobs", { prompt: "a" }, bearer(key))).status).toBe(401);
  expect(() => keys.revoke("phone")).toThrow(/not revoked/);
  expect(() => keys.create("phone", { admin: false, limits: {} })).toThrow(/already/);
});

test("a key sees its own jobs and pictures, an admin those of all", async () => {
  const { address, keys, crew } = await start();
  const [one, two, admin] = ["one", "two", "admin"].map(
    (name) => keys.create(name, { admin: name === "admin", limits: {} }).key,
  );
  const job = (await (await post(address, "/v1/jobs", { prompt: "a" }, bearer(one ?? ""))).json()) as { id: string };
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  await crew.complete(job.id);
  const statusOf = async (path: string, key: string | undefined): Promise<number> =>
    (await fetch(`${address}${path}`, { headers: bearer(key ?? "") })).status;
  const picture = `/v1/images/${jobPicture(await (await fetch(`${address}/v1/jobs/${job.id}`, { headers: bearer(one ?? "") })).json())}`;
  for (const path of [`/v1/jobs/${job.id}`, picture]) {
    expect([await statusOf(path, one), await statusOf(path, two), await statusOf(path, admin)], path).toEqual([
      200, 404, 200,
    ]);
  }
  const listed = async (key: string | undefined): Promise<number> => {
    const { data } = (await (await fetch(`${address}/v1/jobs`, { headers: bearer(key ?? "") })).json()) as {
      data: unknown[];
    };
    return data.length;
  };
  expect([await listed(one), await listed(two), await listed(admin)]).toEqual([1, 0, 1]);
  expect((await post(address, "/v1/jobs", { prompt: "a", priority: 5 }, bearer(one ?? ""))).status).toBe(403);
  expect((await post(address, "/v1/jobs", { prompt: "a", priority: 5 }, bearer(admin ?? ""))).status).toBe(202);
});

function jobPicture(view: unknown): string {
  return (view as { images: { id: string }[] }).images[0]?.id ?? "";
}

test.each([
  [{ maxSteps: 5 }, { steps: 6 }, { steps: 5 }, 403],
  // The bundled model's own are 25 steps at 128 x 128.
  [{ maxSteps: 5 }, {}, { steps: 1 }, 403],
  [{ maxPixels: 64 * 64 }, {}, { width: 64, height: 64 }, 403],
  [{ maxPixels: 64 * 64 }, { size: "128x64" }, { size: "64x64" }, 403],
  [{ imagesPerDay: 2 }, { n: 3 }, { n: 2 }, 403],
  [{ imagesPerDay: 2 }, { seed: [1, 2, 3] }, { seed: [1, 2] }, 403],
  [{ jobsAtATime: 0.5 }, {}, undefined, 429],
] as const)("limits %j refuse %j", async (limits, tooMuch, allowed, status) => {
  const { address, keys } = await start();
  const jobsAtATime = "jobsAtATime" in limits ? 1 : undefined;
  const { key } = keys.create("k", { admin: false, limits: jobsAtATime === undefined ? limits : { jobsAtATime } });
  if (allowed === undefined) {
    await post(address, "/v1/jobs", { prompt: "a" }, bearer(key));
  }
  const refused = await post(address, "/v1/jobs", { prompt: "a", ...tooMuch }, bearer(key));
  expect(refused.status).toBe(status);
  expect(refused.headers.has("retry-after")).toBe(status === 429);
  if (allowed !== undefined) {
    expect((await post(address, "/v1/jobs", { prompt: "a", ...allowed }, bearer(key))).status).toBe(202);
  }
});

test("a list of words refuses them whole, in any case and any writing", async () => {
  const file = join(await scratchFolder(), "words.txt");
  await writeFile(file, "\uFEFF# what we do not paint\nBad Thing\r\nзлой\nass\n");
  const { address } = await start([await wordFilter(file)]);
  const statusOf = async (prompt: string): Promise<number> => (await post(address, "/v1/jobs", { prompt })).status;
  for (const prompt of ["a bad  thing", "a BAD-thing!", "очень ЗЛОЙ кот", "ass"]) {
    expect(await statusOf(prompt), prompt).toBe(400);
  }
  for (const prompt of ["a glass house", "a bad house", "a good thing"]) {
    expect(await statusOf(prompt), prompt).toBe(202);
  }
  await expect(wordFilter(`${file}.none`)).rejects.toThrow(/cannot be read/);
});

test("a command is asked, may say why, and passes nothing while it does not answer", async () => {
  const { address } = await start([commandFilter("grep -q cat && { echo no cats; exit 1; } || exit 0")]);
  const refused = await post(address, "/v1/jobs", { prompt: "a cat" });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("no cats")]);
  expect((await post(address, "/v1/jobs", { prompt: "a dog" })).status).toBe(202);
  const silent = await start([commandFilter("sleep 5", 200)]);
  expect((await post(silent.address, "/v1/jobs", { prompt: "a" })).status).toBe(503);
});
