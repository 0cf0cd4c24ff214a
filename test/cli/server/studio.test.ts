/** `studio`: a server where none runs, and the page in a browser. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Running, runCli, scratchFolder, startCli } from "../run-cli.js";

const folder = scratchFolder();
const LIMIT = { timeout: 120_000 };
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function addressIn({ child, outcome }: Running): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = /the studio is at (http:\S+)/.exec(said)?.[1];
      if (found !== undefined) {
        resolve(found);
      }
    });
    void outcome.then(({ stderr }) => {
      reject(new Error(stderr));
    });
  });
}

test("the first call starts a server, the second one opens its page alone", LIMIT, async () => {
  const running = startCli(folder, ["studio", "--no-open", "--port", "0", "--data", "a"]);
  const address = await addressIn(running);
  expect((await fetch(`${address}/version`)).status).toBe(200);
  const again = await runCli(folder, ["studio", "--no-open", "--port", new URL(address).port, "--data", "a"]);
  expect([again.code, again.stdout.toString()]).toEqual([0, `the studio is at ${address}\n`]);
  expect((await runCli(folder, ["stop", "--server", address])).code).toBe(0);
  expect((await running.outcome).code).toBe(0);
});

test.runIf(process.platform === "linux")("the page is opened by xdg-open, and without it named", LIMIT, async () => {
  const opener = join(folder, "xdg-open");
  writeFileSync(opener, `#!/bin/sh\necho "$1" > "${join(folder, "opened")}"\n`);
  chmodSync(opener, 0o755);
  const running = startCli(folder, ["studio", "--port", "0", "--data", "b"], {
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
  });
  const address = await addressIn(running);
  await expect
    .poll(() => existsSync(join(folder, "opened")) && readFileSync(join(folder, "opened"), "utf8"))
    .toBe(`${address}\n`);
  const without = await runCli(folder, ["studio", "--port", new URL(address).port], { PATH: "/nowhere" });
  expect([without.code, without.stderr]).toEqual([0, expect.stringContaining("no browser could be opened")]);
  await runCli(folder, ["stop", "--server", address]);
  await running.outcome;
});
