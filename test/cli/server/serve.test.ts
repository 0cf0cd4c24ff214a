/** `serve`, `keys`, `ps` and `stop` as somebody uses them who runs a server. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSettings } from "../../../src/cli/server/read-settings.js";
import { type Running, runCli, scratchFolder, startCli } from "../run-cli.js";

const folder = scratchFolder();
const LIMIT = { timeout: 120_000 };
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A server of the data folder `name`, and its address, once it listens. */
async function serve(name: string, ...flags: string[]): Promise<Running & { readonly address: string }> {
  const running = startCli(folder, ["serve", "--port", "0", "--data", name, ...flags]);
  let said = "";
  const address = await new Promise<string>((resolve, reject) => {
    running.child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = /listens on (http:\S+)/.exec(said)?.[1];
      if (found !== undefined) {
        resolve(found);
      }
    });
    void running.outcome.then(({ stderr }) => {
      reject(new Error(stderr));
    });
  });
  return { ...running, address };
}

async function ask(address: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${address}/v1/images/generations`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

test("started, asked, looked at and stopped; the log says nothing of prompts", LIMIT, async () => {
  const { address, outcome } = await serve("a");
  const made = await ask(address, { prompt: "a secret red house", steps: 2 });
  expect(made.status).toBe(200);
  const { stdout } = await runCli(folder, ["ps", "--server", address, "--json"]);
  expect(JSON.parse(stdout.toString())).toMatchObject({ queued: 0, workers: [{ name: "local-1" }] });
  expect((await runCli(folder, ["ps", "--server", address])).stdout.toString()).toMatch(/WORKER +MODEL/);
  expect(await (await fetch(`${address}/metrics`)).text()).toContain("kandinsky3_images_total 1");
  expect((await runCli(folder, ["stop", "--server", address])).code).toBe(0);
  const { code, stderr } = await outcome;
  expect(code).toBe(0);
  expect(stderr).toContain("job ended");
  expect(stderr).not.toContain("secret");
  const gone = await runCli(folder, ["ps", "--server", address]);
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("no server answers at")]);
});

test("SIGTERM lets what runs come to its end; the picture is there after a restart", LIMIT, async () => {
  const first = await serve("b", "--log-prompts");
  const waiting = ask(first.address, { prompt: "a blue boat", steps: 60 });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  first.child.kill("SIGTERM");
  const answered = await waiting.then(({ status }) => status).catch(() => "gone");
  const { code, stderr } = await first.outcome;
  expect(code).toBe(0);
  expect(stderr).toContain("a blue boat");
  const second = await serve("b");
  const { data } = (await (await fetch(`${second.address}/v1/jobs`)).json()) as {
    data: { id: string; status: string }[];
  };
  expect(data).toHaveLength(1);
  expect([200, "gone"]).toContain(answered);
  second.child.kill("SIGINT");
  expect((await second.outcome).code).toBe(0);
});

test("keys are made and revoked while the server runs; beyond this machine one is needed", LIMIT, async () => {
  const refused = await runCli(folder, ["serve", "--host", "0.0.0.0", "--port", "0", "--data", "c"]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("expected an API key first")]);
  const { address, child, outcome } = await serve("c");
  const key = await runCli(folder, ["keys", "create", "phone", "--data", "c", "--max-steps", "3"]);
  expect(key.stdout.toString()).toMatch(/^k3_\S+\n$/);
  const headers = { authorization: `Bearer ${key.stdout.toString().trim()}` };
  expect((await ask(address, { prompt: "a", steps: 1 })).status).toBe(401);
  expect((await ask(address, { prompt: "a", steps: 4 }, headers)).status).toBe(403);
  expect((await ask(address, { prompt: "a", steps: 1 }, headers)).status).toBe(200);
  const listed = await runCli(folder, ["keys", "list", "--data", "c"]);
  expect(listed.stdout.toString()).toMatch(/^phone .*up to 3 steps\n$/);
  expect((await runCli(folder, ["keys", "revoke", "phone", "--data", "c"])).code).toBe(0);
  expect((await ask(address, { prompt: "a", steps: 1 }, headers)).status).toBe(401);
  const again = await runCli(folder, ["keys", "revoke", "phone", "--data", "c"]);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("not revoked")]);
  child.kill("SIGTERM");
  await outcome;
});

test("what cannot work is said in one sentence", LIMIT, async () => {
  const { address, child, outcome } = await serve("d");
  writeFileSync(join(folder, "plain"), "");
  mkdirSync(join(folder, "configs"));
  writeFileSync(join(folder, "configs/unknown.json"), '{"max_cue": 3}');
  writeFileSync(join(folder, "configs/wrong.json"), '{"max_queue": "many"}');
  for (const [args, code, sentence] of [
    [["--data", "d"], 1, /in use by another server/],
    [["--data", "e", "--port", new URL(address).port], 1, /another program listens there/],
    [["--data", "plain/x"], 1, /the data folder .* cannot be used/],
    [["--port", "99999"], 2, /--port: expected a whole number from 0 to 65535/],
    [["--keep-alive", "soon"], 2, /--keep-alive: expected a time such as/],
    [["--preset", "best"], 2, /--preset: expected exact or balanced or fast/],
    [["--max-memory", "lots"], 2, /--max-memory: /],
    [["--filter-words", "none.txt"], 2, /none\.txt.*cannot be read/],
    [["--config", "configs/unknown.json"], 2, /has "max_cue"/],
    [["--config", "configs/wrong.json"], 2, /max_queue: expected a whole number/],
    [["--queue", "redis://user:secret@127.0.0.1:1"], 1, /--queue: .*cannot be used/],
  ] as const) {
    const result = await runCli(folder, ["serve", ...args]);
    expect([args.join(" "), result.code, result.stderr]).toEqual([
      args.join(" "),
      code,
      expect.stringMatching(sentence),
    ]);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(result.stderr).not.toContain("secret");
  }
  child.kill("SIGTERM");
  await outcome;
});

test("a flag wins over a variable, that over the file, and that over the default", async () => {
  const file = join(folder, "config.json");
  writeFileSync(file, '\uFEFF{"max_queue": 5, "keep_alive": "2m", "model": ["nano", "org/name"], "insecure": true}');
  const env = { KANDINSKY3_MAX_QUEUE: "6", KANDINSKY3_KEEP_ALIVE: "1h", KANDINSKY3_CONFIG: file };
  expect(await readSettings({ maxQueue: "7" }, env)).toMatchObject({
    maxQueue: 7,
    keepAlive: 3600,
    model: ["nano", "org/name"],
    insecure: true,
    port: 3333,
    retention: 30 * 86_400,
  });
  expect(await readSettings({}, { ...env, KANDINSKY3_MODEL: "a, b" })).toMatchObject({
    maxQueue: 6,
    model: ["a", "b"],
  });
});
