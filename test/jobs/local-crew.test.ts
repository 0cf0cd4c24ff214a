/** Jobs done by real workers of this machine, with the bundled model. */
import { afterEach, expect, test, vi } from "vitest";
import { LocalCrew } from "../../src/jobs/crew/local-crew.js";
import type { Jobs } from "../../src/jobs/jobs.js";
import { Kandinsky3 } from "../../src/index.js";
import { readPicture } from "../../src/image/reading/decode.js";
import { ask, closeJobs, openJobs, scratchFolder } from "./open-jobs.js";
import { processesWith } from "./processes.js";

const LIMIT = { timeout: 300_000 };
let jobs: Jobs | undefined;

afterEach(async () => {
  await (jobs && closeJobs(jobs));
  jobs = undefined;
});

async function start(): Promise<Jobs> {
  jobs = await openJobs(new LocalCrew({ settings: {} }), await scratchFolder());
  return jobs;
}

test("a job gives the picture that the library gives, with previews and progress on the way", LIMIT, async () => {
  const running = await start();
  const { id } = await ask(running, { prompt: "a red house", seed: 7, steps: 4, n: 2 });
  const types: string[] = [];
  for await (const { type } of running.watch(id)) {
    types.push(type);
  }
  expect(types[0]).toBe("job.queued");
  expect(types.at(-1)).toBe("job.completed");
  expect(types.filter((type) => type === "job.progress").length).toBeGreaterThan(4);
  expect(types).toContain("job.preview");
  const job = running.get(id);
  expect(job?.settings).toMatchObject({ prompt: "a red house", steps: 4, seed: "7", width: 128, model: "nano" });
  await using pipe = await Kandinsky3.fromPretrained();
  const { images } = await pipe.textToImage({
    prompt: "a red house",
    seed: 7,
    numInferenceSteps: 4,
    numImagesPerPrompt: 2,
  });
  expect(job?.images).toHaveLength(2);
  for (const [index, { id: picture }] of (job?.images ?? []).entries()) {
    const kept = running.store.pictures.get(picture) ?? expect.fail("no picture");
    const pixels = await readPicture(await running.store.pictures.read(kept));
    expect(Buffer.compare(pixels.data, images[index]?.data ?? new Uint8Array())).toBe(0);
  }
  // What is kept is a picture for further jobs.
  const change = await ask(running, {
    prompt: "a blue house",
    image: job?.images[0]?.id ?? "",
    strength: 0.5,
    steps: 4,
  });
  expect((await running.ended(change.id))?.settings).toMatchObject({ mode: "image-to-image" });
});

test("cancelled in the text, in the steps and in the decoding, and the next job is right", LIMIT, async () => {
  const running = await start();
  for (const phase of ["text_encoder", "unet", "image_decoder"]) {
    const { id } = await ask(running, { prompt: "a blue boat", steps: 6, seed: 1, n: 2 });
    for await (const { type, data } of running.watch(id)) {
      if (type === "job.progress" && data["phase"] === phase) {
        await running.cancel(id);
      }
    }
    // Decoding may be over by the time the worker hears of it.
    const status = running.get(id)?.status;
    expect(phase === "image_decoder" ? ["cancelled", "completed"] : ["cancelled"], phase).toContain(status);
  }
  const next = await ask(running, { prompt: "a blue boat", steps: 2 });
  expect((await running.ended(next.id))?.status).toBe("completed");
});

test("what is asked wrongly fails with the field's name, and costs no second try", LIMIT, async () => {
  const running = await start();
  const { id } = await ask(running, { prompt: "a", mask_area: "only" });
  const job = await running.ended(id);
  expect(job).toMatchObject({
    status: "failed",
    crashes: 0,
    error: { kind: "invalid_request", fields: ["mask_area"] },
  });
  expect(job?.error?.message).toMatch(/^mask_area: /);
});

test(
  "a worker that is killed is replaced, and its job done by the next; so is a dead inference process",
  LIMIT,
  async () => {
    const running = await start();
    for (const victim of ["worker-process", "inference-worker"]) {
      const { id } = await ask(running, { prompt: "a green tree", steps: 150, seed: 1 });
      for await (const { type, data } of running.watch(id)) {
        if (type === "job.progress" && data["step"] === 2 && running.get(id)?.crashes === 0) {
          processesWith(victim).forEach((pid) => process.kill(pid, "SIGKILL"));
        }
        if (type === "job.queued" && running.get(id)?.crashes === 1) {
          await running.cancel(id);
        }
      }
      expect(running.get(id)?.crashes, victim).toBe(1);
    }
    const next = await ask(running, { prompt: "a green tree", steps: 2 });
    expect((await running.ended(next.id))?.status).toBe("completed");
  },
);

test("at the end a running job goes back into the queue, and no process stays", LIMIT, async () => {
  const folder = await scratchFolder();
  const first = await openJobs(new LocalCrew({ settings: {} }), folder);
  const { id } = await ask(first, { prompt: "a", steps: 500 });
  await vi.waitFor(
    () => {
      expect(first.get(id)?.progress?.step).toBeGreaterThan(1);
    },
    { timeout: 60_000 },
  );
  await first.settle(100);
  expect(first.get(id)).toMatchObject({ status: "queued", crashes: 0 });
  await first.close();
  await vi.waitFor(
    () => {
      expect([...processesWith("worker-process"), ...processesWith("inference-worker")]).toEqual([]);
    },
    {
      timeout: 10_000,
    },
  );
});
