/** A server and its workers, killed at any moment and started again: nothing is lost, and nothing is done twice. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { type Running, scratchFolder, startCli } from "../run-cli.js";

const folder = scratchFolder();
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const JOBS = 16;
const KILLS = 12;

interface View {
  readonly id: string;
  readonly status: string;
  readonly images: readonly { readonly url: string; readonly seed: string }[];
  readonly error: { readonly kind: string } | null;
}

async function serve(): Promise<Running & { readonly address: string }> {
  const running = startCli(folder, ["serve", "--port", "0", "--data", "data", "--quiet"]);
  const [chunk] = (await Promise.race([
    once(running.child.stdout ?? expect.fail("no output"), "data"),
    running.outcome.then(({ stderr }) => expect.fail(stderr)),
  ])) as [Buffer];
  return { ...running, address: /http:\S+/.exec(chunk.toString())?.[0] ?? expect.fail(chunk.toString()) };
}

/** The worker below the server; the server's own where there is none at the moment. */
function workerOf(server: number): number {
  const lines = execFileSync("ps", ["-eo", "pid,ppid,args"], { encoding: "utf8" }).split("\n");
  const line = lines.find((one) => new RegExp(`^\\s*\\d+\\s+${server}\\s.*worker-process`).test(one));
  return Number(/^\s*(\d+)/.exec(line ?? "")?.[1] ?? server);
}

async function viewsOf(address: string): Promise<readonly View[]> {
  return ((await (await fetch(`${address}/v1/jobs?limit=200`)).json()) as { data: View[] }).data;
}

test("twelve kills in a row", { timeout: 600_000 }, async () => {
  let server = await serve();
  const ids: string[] = [];
  for (let seed = 1; seed <= JOBS; seed++) {
    const response = await fetch(`${server.address}/v1/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": `job ${seed}` },
      body: JSON.stringify({ prompt: "a red house", seed, steps: 12 }),
    });
    ids.push(((await response.json()) as View).id);
  }
  for (let kill = 0; kill < KILLS; kill++) {
    // Spread over everything that a job goes through, the same in every run.
    await sleep(200 + ((kill * 617) % 1500));
    const pid = server.child.pid ?? expect.fail("no process");
    if (kill % 3 === 0) {
      process.kill(workerOf(pid), "SIGKILL");
    } else {
      process.kill(pid, "SIGKILL");
      await server.outcome;
      server = await serve();
    }
    const found = new Set((await viewsOf(server.address)).map(({ id }) => id));
    expect(ids.filter((id) => !found.has(id))).toEqual([]);
  }
  let views = await viewsOf(server.address);
  while (views.some(({ status }) => status === "queued" || status === "running")) {
    await sleep(500);
    views = await viewsOf(server.address);
  }
  expect(views).toHaveLength(JOBS);
  for (const { status, images, error } of views) {
    expect(status === "failed" ? error?.kind : status).toMatch(/^(completed|crashed)$/);
    expect(images).toHaveLength(status === "completed" ? 1 : 0);
  }
  const completed = views.filter(({ status }) => status === "completed");
  expect(completed.length).toBeGreaterThan(JOBS - KILLS);
  expect(new Set(completed.map(({ images }) => images[0]?.seed)).size).toBe(completed.length);
  for (const { images } of completed) {
    expect((await fetch(images[0]?.url ?? "")).status).toBe(200);
  }
  // Every file belongs to a picture.
  expect(readdirSync(join(folder, "data", "pictures"))).toHaveLength(completed.length);
  server.child.kill("SIGTERM");
  expect((await server.outcome).code).toBe(0);
});
