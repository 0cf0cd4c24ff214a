/** A server and two workers on one Redis, killed at any moment and started again: nothing is lost, and nothing is done twice. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { haveRedis, RedisServer } from "../../support/redis-server.js";
import { type Running, runCli, scratchFolder, startCli } from "../run-cli.js";

const folder = scratchFolder();
const JOBS = 30;
const KILLS = 30;

interface View {
  readonly id: string;
  readonly status: string;
  readonly images: readonly { readonly url: string; readonly seed: string }[];
  readonly error: { readonly kind: string } | null;
}

/** Once it says that it is ready. */
async function start(...args: string[]): Promise<Running & { readonly said: string }> {
  const running = startCli(folder, [...args, "--quiet"]);
  const said = await new Promise<string>((resolve, reject) => {
    running.child.stdout?.once("data", (chunk: Buffer) => {
      resolve(chunk.toString());
    });
    void running.outcome.then(({ stderr }) => {
      reject(new Error(stderr));
    });
  });
  return { ...running, said };
}

describe.skipIf(!haveRedis())("with redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const serve = (): Promise<Running & { said: string }> =>
    start("serve", "--port", "0", "--data", "data", "--queue", redis.url);
  const work = (name: string): Promise<Running & { said: string }> =>
    start("worker", "--queue", redis.url, "--name", name);
  const addressOf = ({ said }: { said: string }): string => /http:\S+/.exec(said)?.[0] ?? expect.fail(said);

  async function viewsOf(address: string): Promise<readonly View[]> {
    return ((await (await fetch(`${address}/v1/jobs?limit=200`)).json()) as { data: View[] }).data;
  }

  test("thirty kills in a row", { timeout: 600_000 }, async () => {
    let server = await serve();
    const workers = [await work("w0"), await work("w1")];
    const ids: string[] = [];
    for (let seed = 1; seed <= JOBS; seed++) {
      const response = await fetch(`${addressOf(server)}/v1/jobs`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": `job ${seed}` },
        body: JSON.stringify({ prompt: "a red house", seed, steps: 20 }),
      });
      ids.push(((await response.json()) as View).id);
    }
    for (let kill = 0; kill < KILLS; kill++) {
      // Spread over everything that a job goes through, the same in every run.
      await sleep(200 + ((kill * 617) % 1500));
      const which = kill % 3;
      if (which === 2) {
        server.child.kill("SIGKILL");
        await server.outcome;
        server = await serve();
      } else {
        workers[which]?.child.kill("SIGKILL");
        await workers[which]?.outcome;
        workers[which] = await work(`w${which}`);
      }
      const found = new Set((await viewsOf(addressOf(server))).map(({ id }) => id));
      expect(ids.filter((id) => !found.has(id))).toEqual([]);
    }
    let views = await viewsOf(addressOf(server));
    while (views.some(({ status }) => status === "queued" || status === "running")) {
      await sleep(500);
      views = await viewsOf(addressOf(server));
    }
    expect(views).toHaveLength(JOBS);
    for (const { status, images, error } of views) {
      expect(status === "failed" ? error?.kind : status).toMatch(/^(completed|crashed)$/);
      expect(images).toHaveLength(status === "completed" ? 1 : 0);
    }
    const completed = views.filter(({ status }) => status === "completed");
    expect(completed.length).toBeGreaterThan(JOBS / 3);
    expect(new Set(completed.map(({ images }) => images[0]?.seed)).size).toBe(completed.length);
    // Every file belongs to a picture.
    expect(readdirSync(join(folder, "data", "pictures"))).toHaveLength(completed.length);
    for (const { child } of [server, ...workers]) {
      child.kill("SIGTERM");
    }
    const codes = await Promise.all([server, ...workers].map(async ({ outcome }) => (await outcome).code));
    expect(codes).toEqual([0, 0, 0]);
  });

  test("a worker needs an address; a password is not shown", async () => {
    const none = await runCli(folder, ["worker"]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/--queue: missing, expected the address/)]);
    const away = await runCli(folder, ["worker", "--queue", "redis://me:secret@127.0.0.1:1"]);
    expect(away.code).toBe(1);
    expect(away.stderr).toMatch(/--queue: redis:\/\/127\.0\.0\.1:1 cannot be used: /);
    expect(away.stderr).not.toContain("secret");
  });
});
