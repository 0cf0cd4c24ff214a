/** Jobs above a crew that does what it is told: what is kept, in which order, and what becomes of it when things go wrong. */
import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { ConflictError, QueueFullError } from "../../src/jobs/job-errors.js";
import type { Jobs } from "../../src/jobs/jobs.js";
import { openDatabase, StoreError } from "../../src/jobs/store/database.js";
import { Store } from "../../src/jobs/store/store.js";
import { FakeCrew, PICTURE } from "./fake-crew.js";
import { ask, closeJobs, openJobs, scratchFolder } from "./open-jobs.js";

async function typesOf(jobs: Jobs, id: string, after = 0): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of jobs.watch(id, after)) {
    types.push(type);
  }
  return types;
}

test("a job is kept, handed out, followed and completed", async () => {
  const crew = new FakeCrew();
  const jobs = await openJobs(crew, await scratchFolder());
  const { id, status } = await ask(jobs, { prompt: "a red house", steps: 2 });
  expect(status).toBe("queued");
  const seen = typesOf(jobs, id);
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  expect(jobs.get(id)?.status).toBe("running");
  const progress = { phase: "unet", step: 1, steps: 2, secondsPerStep: 0.5, secondsLeft: 0.5 } as const;
  await crew.tell(id, { type: "progress", progress });
  expect(jobs.get(id)?.progress).toEqual(progress);
  await crew.tell(id, { type: "preview", step: 1, images: [PICTURE] });
  await crew.tell(id, { type: "note", message: "a note" });
  await crew.complete(id);
  expect(await seen).toEqual(["job.queued", "job.progress", "job.preview", "job.completed"]);
  const job = jobs.get(id);
  expect(job).toMatchObject({ status: "completed", notes: ["a note"], settings: { seed: "7" } });
  const kept = jobs.store.pictures.get(job?.images[0]?.id ?? "");
  expect(kept).toMatchObject({ prompt: "a red house", width: 1, mime: "image/png", seed: "7" });
  expect(await jobs.store.pictures.read(kept ?? expect.fail("no picture"))).toEqual(Buffer.from(PICTURE.bytes));
  await closeJobs(jobs);
});

test("who comes back hears what came after the last event, and nothing twice", async () => {
  const crew = new FakeCrew();
  const jobs = await openJobs(crew, await scratchFolder());
  const { id } = await ask(jobs, { prompt: "a" });
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  const ids: number[] = [];
  for (let step = 1; step <= 4; step++) {
    const progress = { phase: "unet", step, steps: 4, secondsPerStep: undefined, secondsLeft: undefined } as const;
    await crew.tell(id, { type: "progress", progress });
    // Every connection lasts for one event.
    for await (const event of jobs.watch(id, ids.at(-1) ?? 0)) {
      ids.push(event.id);
      break;
    }
  }
  await crew.complete(id);
  for await (const event of jobs.watch(id, ids.at(-1) ?? 0)) {
    ids.push(event.id);
  }
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(6);
  expect(await typesOf(jobs, id, ids.at(-1))).toEqual([]);
  await closeJobs(jobs);
});

test("the queue has an end, and says when to come back", async () => {
  const crew = new FakeCrew(0);
  const jobs = await openJobs(crew, await scratchFolder(), { maxQueue: 2 });
  await ask(jobs, { prompt: "a" });
  await ask(jobs, { prompt: "b" });
  const refused: unknown = await ask(jobs, { prompt: "c" }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(QueueFullError);
  expect((refused as QueueFullError).retryAfter).toBeGreaterThan(0);
  expect(jobs.list({ limit: 10 }).jobs).toHaveLength(2);
  await closeJobs(jobs);
});

test("an idempotency key makes one job, however often it is sent", async () => {
  const crew = new FakeCrew(0);
  const jobs = await openJobs(crew, await scratchFolder());
  const same = { idempotencyKey: "k" };
  const made = await Promise.all([1, 2, 3, 4].map(() => ask(jobs, { prompt: "a" }, same)));
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  await expect(ask(jobs, { prompt: "b" }, same)).rejects.toThrow(ConflictError);
  expect((await ask(jobs, { prompt: "b" }, { ...same, owner: "other" })).id).not.toBe(made[0]?.id);
  await closeJobs(jobs);
});

test("a waiting job is cancelled at once, a running one when its worker says so", async () => {
  const crew = new FakeCrew();
  const jobs = await openJobs(crew, await scratchFolder());
  const running = await ask(jobs, { prompt: "a" });
  const waiting = await ask(jobs, { prompt: "b" });
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  expect((await jobs.cancel(waiting.id))?.status).toBe("cancelled");
  expect((await jobs.cancel(running.id))?.status).toBe("running");
  expect(crew.cancelled).toEqual([running.id]);
  await crew.tell(running.id, { type: "cancelled" });
  expect(jobs.get(running.id)?.status).toBe("cancelled");
  // Nothing changes an ended job.
  await crew.complete(running.id);
  expect(jobs.get(running.id)?.status).toBe("cancelled");
  await closeJobs(jobs);
});

test("work that died is begun again once, and given up the second time", async () => {
  const crew = new FakeCrew();
  const jobs = await openJobs(crew, await scratchFolder());
  const { id } = await ask(jobs, { prompt: "a" });
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  await crew.tell(id, { type: "lost", reason: "it was killed" });
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(2);
  });
  expect(jobs.get(id)).toMatchObject({ status: "running", crashes: 1 });
  await crew.tell(id, { type: "lost", reason: "it was killed again" });
  expect(jobs.get(id)).toMatchObject({ status: "failed", crashes: 2, error: { kind: "crashed" } });
  expect(jobs.get(id)?.error?.message).toContain("killed again");
  await closeJobs(jobs);
});

test("what was asked outlives the program; an orderly end costs no try, a sudden one does", async () => {
  const folder = await scratchFolder();
  const first = new FakeCrew();
  let jobs = await openJobs(first, folder);
  const running = await ask(jobs, { prompt: "a" });
  const waiting = await ask(jobs, { prompt: "b" });
  await vi.waitFor(() => {
    expect(first.assigned).toHaveLength(1);
  });
  await closeJobs(jobs);

  const second = new FakeCrew();
  jobs = await openJobs(second, folder);
  await vi.waitFor(() => {
    expect(second.assigned).toHaveLength(1);
  });
  expect(jobs.get(running.id)).toMatchObject({ status: "running", crashes: 0 });
  // As a kill leaves it: still marked as running.
  await jobs.store.close();

  const third = new FakeCrew();
  jobs = await openJobs(third, folder);
  expect(third.atWork).toEqual([running.id]);
  await vi.waitFor(() => {
    expect(third.assigned).toHaveLength(1);
  });
  expect(jobs.get(running.id)).toMatchObject({ status: "running", crashes: 1 });
  await third.complete(running.id);
  await vi.waitFor(() => {
    expect(third.assigned).toHaveLength(2);
  });
  await third.complete(waiting.id);
  expect(jobs.list({ status: "completed", limit: 10 }).jobs).toHaveLength(2);
  await closeJobs(jobs);
});

test("lists go back from the newest, by status and page by page", async () => {
  const crew = new FakeCrew(0);
  const jobs = await openJobs(crew, await scratchFolder());
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) {
    ids.unshift((await ask(jobs, { prompt: `${index}` }, { owner: index === 0 ? "other" : "" })).id);
  }
  const page = jobs.list({ limit: 3 });
  expect(page.jobs.map(({ id }) => id)).toEqual(ids.slice(0, 3));
  expect(page.hasMore).toBe(true);
  const next = jobs.list({ limit: 3, after: ids[2] });
  expect(next.jobs.map(({ id }) => id)).toEqual(ids.slice(3));
  expect(next.hasMore).toBe(false);
  expect(jobs.list({ limit: 9, owner: "" }).jobs).toHaveLength(4);
  expect(jobs.list({ limit: 9, status: "completed" }).jobs).toHaveLength(0);
  await closeJobs(jobs);
});

test("a removed job takes its pictures along, and so does one that is over", async () => {
  const folder = await scratchFolder();
  const crew = new FakeCrew();
  const jobs = await openJobs(crew, folder);
  const made: string[] = [];
  for (const prompt of ["a", "b"]) {
    const { id } = await ask(jobs, { prompt });
    await vi.waitFor(() => {
      expect(crew.assigned.at(-1)?.job).toBe(id);
    });
    await crew.complete(id);
    made.push(id);
  }
  const files = (): Promise<string[]> => readdir(join(folder, "pictures"));
  expect(await files()).toHaveLength(2);
  await jobs.remove(made[0] ?? "");
  expect(await files()).toHaveLength(1);
  expect(jobs.get(made[0] ?? "")).toBeUndefined();
  await closeJobs(jobs);
  const { Retention } = await import("../../src/jobs/retention.js");
  const store = await Store.open(folder);
  const retention = new Retention(store, { keepMilliseconds: 1000, keepJobs: 10 }, () => undefined);
  await retention.sweep();
  expect(await files()).toHaveLength(1);
  await retention.sweep(Date.now() + 5000);
  expect(await files()).toHaveLength(0);
  expect(store.jobs.list({ limit: 10 }).jobs).toHaveLength(0);
  await store.close();
});

test("a picture that cannot be kept for a while is kept in the end", async () => {
  const folder = await scratchFolder();
  const crew = new FakeCrew();
  const troubles: string[] = [];
  const jobs = await openJobs(crew, folder, { onTrouble: (message) => troubles.push(message) });
  const { id } = await ask(jobs, { prompt: "a" });
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  const write = vi.spyOn(jobs.store.pictures, "write").mockRejectedValueOnce(new StoreError("the disk is full"));
  await crew.complete(id);
  expect(write).toHaveBeenCalledTimes(2);
  expect(troubles).toEqual(["the disk is full"]);
  expect(jobs.get(id)?.status).toBe("completed");
  await closeJobs(jobs);
});

test("a locked database refuses with a sentence, and loses nothing", async () => {
  const folder = await scratchFolder();
  const jobs = await openJobs(new FakeCrew(0), folder);
  await ask(jobs, { prompt: "a" });
  const other = await openDatabase(folder);
  other.exec("BEGIN IMMEDIATE");
  await expect(ask(jobs, { prompt: "b" })).rejects.toThrow(StoreError);
  expect(jobs.list({ limit: 10 }).jobs).toHaveLength(1);
  other.exec("COMMIT");
  other.close();
  await ask(jobs, { prompt: "b" });
  expect(jobs.list({ limit: 10 }).jobs).toHaveLength(2);
  await closeJobs(jobs);
});

test("a data folder belongs to one server, and what is in it is ours", async () => {
  const folder = await scratchFolder();
  const store = await Store.open(folder);
  await expect(Store.open(folder)).rejects.toThrow(/in use by another server/);
  const database = store.database;
  database.pragma("user_version = 99");
  await store.close();
  await expect(Store.open(folder)).rejects.toThrow(/newer kandinsky3/);
  await rm(folder, { recursive: true });
  await expect(Store.open(join(import.meta.dirname, "jobs.test.ts", "x"))).rejects.toThrow(StoreError);
});

test("a damaged or missing picture is said, and no path leads out of the folder", async () => {
  const folder = await scratchFolder();
  const jobs = await openJobs(new FakeCrew(0), folder);
  const picture = await jobs.upload({ ...PICTURE, owner: "" });
  await expect(jobs.store.pictures.read({ id: "../kandinsky3.db", sha256: "" })).rejects.toThrow(/no picture's id/);
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(folder, "pictures", picture.id), "other bytes");
  await expect(jobs.store.pictures.read(picture)).rejects.toThrow(/damaged/);
  await rm(join(folder, "pictures", picture.id));
  await expect(jobs.store.pictures.read(picture)).rejects.toThrow(/cannot be read/);
  await chmod(folder, 0o700);
  await closeJobs(jobs);
});
