/** What the container and the systemd unit start: the clone installed with all that a server needs. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

test("the installed command serves, with the bundled model inside", { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "kandinsky3-deploy-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  execFileSync("sh", [join(ROOT, "deploy/install.sh"), join(folder, "opt")], { stdio: "pipe" });
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    KANDINSKY3_DATA: join(folder, "data"),
    KANDINSKY3_PORT: "0",
  };
  const server = spawn(join(folder, "opt/bin/kandinsky3"), ["serve", "--quiet"], { cwd: folder, env });
  const [chunk] = (await once(server.stdout, "data")) as [Buffer];
  const address = /http:\S+/.exec(chunk.toString())?.[0] ?? expect.fail(chunk.toString());
  const response = await fetch(`${address}/v1/images/generations`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: "a red house", steps: 2 }),
  });
  expect(response.status).toBe(200);
  server.kill("SIGTERM");
  expect((await once(server, "exit"))[0]).toBe(0);
});

test("without a folder it says how it is used", () => {
  const { status, stderr } = spawnSync("sh", [join(ROOT, "deploy/install.sh")], { encoding: "utf8" });
  expect([status, stderr]).toEqual([2, "usage: sh deploy/install.sh DIR\n"]);
});

test("variables in the files for operators are settings that there are", async () => {
  const { SETTING_ROWS } = await import("../../src/cli/server/serve-settings.js");
  const { variableOf } = await import("../../src/cli/server/read-settings.js");
  const known = new Set([...[...SETTING_ROWS.keys()].map(variableOf), "KANDINSKY3_CACHE", "KANDINSKY3_CONFIG"]);
  for (const file of ["Dockerfile", "compose.yaml", "kandinsky3.service"]) {
    const named = readFileSync(join(ROOT, "deploy", file), "utf8").match(/KANDINSKY3_[A-Z_0-9]+/g) ?? [];
    expect(
      named.filter((name) => !known.has(name)),
      file,
    ).toEqual([]);
    expect(named.length, file).toBeGreaterThan(0);
  }
});
