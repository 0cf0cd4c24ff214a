/** A data folder on a disk that fills, in a small file system of the test's own. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { FakeCrew, PICTURE } from "./fake-crew.js";
import { ask, closeJobs, openJobs, scratchFolder } from "./open-jobs.js";

/** Gives a folder whose disk has so many bytes; `undefined` where this machine does not let a test have one. */
async function smallDisk(bytes: number): Promise<string | undefined> {
  const folder = await scratchFolder();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]).status === 0;
  onTestFinished(() => {
    spawnSync("umount", ["-l", folder]);
  });
  return mounted ? folder : undefined;
}

test("while the disk is full new jobs are refused with a sentence; what was at work is kept once there is room", async (context) => {
  const folder = await smallDisk(4 * 2 ** 20);
  if (folder === undefined) {
    context.skip("a small file system cannot be had here");
    return;
  }
  const crew = new FakeCrew();
  const troubles: string[] = [];
  const jobs = await openJobs(crew, folder, { onTrouble: (message) => troubles.push(message) });
  const { id } = await ask(jobs, { prompt: "a" });
  await vi.waitFor(() => {
    expect(crew.assigned).toHaveLength(1);
  });
  const ballast = join(folder, "ballast");
  expect(() => {
    writeFileSync(ballast, Buffer.alloc(8 * 2 ** 20));
  }).toThrow("ENOSPC");
  const bytes = Buffer.concat([PICTURE.bytes, Buffer.alloc(100_000)]);
  const kept = crew.tell(id, { type: "completed", pictures: [{ ...PICTURE, bytes }], settings: {} });
  let refusal = "";
  for (let tries = 0; refusal === "" && tries < 50; tries++) {
    // A few more may fit into what the database holds already.
    refusal = await ask(jobs, { prompt: "b".repeat(20_000) }).then(
      () => "",
      (thrown: unknown) => String(thrown),
    );
  }
  expect(refusal).toMatch(/the data folder cannot be written at the moment: .*full/);
  await sleep(700);
  expect(jobs.get(id)?.status).toBe("running");
  expect(troubles.join()).toMatch(/ENOSPC|no space|full/i);
  rmSync(ballast);
  await kept;
  expect(jobs.get(id)).toMatchObject({ status: "completed", images: [{ width: 1 }] });
  const next = await ask(jobs, { prompt: "c" });
  expect(jobs.get(next.id)?.status).toMatch(/queued|running/);
  await closeJobs(jobs);
});
