/** Under a limit of address space, as batch systems set it: what asks no server works, and what does says why it cannot. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { MAIN, NANO, scratchFolder } from "./run-cli.js";

/** What Node itself takes, and far from what a WebAssembly memory reserves. */
const KILOBYTES = 6_000_000;
const folder = scratchFolder();
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function runLimited(args: readonly string[]): ReturnType<typeof spawnSync> {
  const command = ["-c", `ulimit -v ${KILOBYTES} && exec "$0" "$@"`, process.execPath, MAIN, ...args];
  return spawnSync("/bin/sh", command, {
    env: { ...process.env, HF_HUB_CACHE: join(folder, "hub") },
    encoding: "utf8",
  });
}

test.runIf(process.platform === "linux").each<[readonly string[], number, RegExp]>([
  [["--version"], 0, /^$/],
  [["generate", "--help"], 0, /^$/],
  [["list"], 0, /^$/],
  [["inspect", NANO], 0, /^$/],
  [["inspect", NANO, "--graph", "unet"], 0, /^$/],
  [["verify", "org/tiny"], 1, /^kandinsky3: org\/tiny .*is not in the cache/],
  [["rm", "org/tiny"], 1, /^kandinsky3: org\/tiny is not in the cache/],
  [["show", "none.png"], 1, /^kandinsky3: .*none\.png/],
  [["pull", "org/tiny"], 1, /^kandinsky3: huggingface\.co cannot be asked: a connection needs .*\(ulimit -v\)/],
])("%s", (args, code, message) => {
  const { status, stderr } = runLimited(args);
  expect(stderr).toMatch(message);
  expect(status).toBe(code);
});
