/** `telegram` as somebody runs it: killed at any moment, stopped in good order, told wrongly. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { BotApi, TOKEN } from "../../telegram/bot-api.js";
import { type Running, runCli, scratchFolder, startCli } from "../run-cli.js";

const folder = scratchFolder();
const KILLS = 20;
const WISHES = 12;
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function start(api: BotApi, data: string): Promise<Running> {
  writeFileSync(join(folder, "token.txt"), `${TOKEN}\n`);
  const running = startCli(folder, ["telegram", "--token-file", "token.txt", "--api-root", api.root, "--data", data]);
  await Promise.race([
    once(running.child.stdout ?? expect.fail("no output"), "data"),
    running.outcome.then(({ stderr }) => expect.fail(stderr)),
  ]);
  return running;
}

test("twenty kills: every wish has its picture in the end", { timeout: 300_000 }, async () => {
  const api = await BotApi.start();
  onTestFinished(() => api.close());
  let bot = await start(api, "data");
  for (let kill = 0; kill < KILLS; kill++) {
    if (kill < WISHES) {
      api.send(100 + kill, { text: `a boat ${kill}` });
    }
    // Spread over everything that a wish goes through, the same in every run.
    await sleep(100 + ((kill * 617) % 1700));
    bot.child.kill("SIGKILL");
    await bot.outcome;
    bot = await start(api, "data");
  }
  const seen = (chat: number): boolean =>
    api.messages.some(
      (shown) => shown.chat === chat && (shown.data.length > 0 || shown.text.startsWith("It did not work")),
    );
  await expect
    .poll(() => Array.from({ length: WISHES }, (_, index) => 100 + index).filter((chat) => !seen(chat)), {
      timeout: 120_000,
      interval: 500,
    })
    .toEqual([]);
  expect(api.faults).toEqual([]);
  bot.child.kill("SIGTERM");
  const { code, stderr } = await bot.outcome;
  expect(code).toBe(0);
  expect(stderr).not.toContain(TOKEN);
  expect(readFileSync(`/proc/${process.pid}/cmdline`, "utf8")).not.toContain(TOKEN);
});

test("what cannot work is said in one sentence, without the token", { timeout: 60_000 }, async () => {
  const api = await BotApi.start();
  onTestFinished(() => api.close());
  writeFileSync(join(folder, "wrong.txt"), "12345:another_token");
  for (const [args, code, sentence] of [
    [[], 2, /--token-file: missing, expected a file with the bot's token/],
    [["--token-file", "none.txt"], 2, /--token-file: "none\.txt" cannot be read/],
    [["--token-file", "wrong.txt", "--allow", "ann"], 2, /--allow: expected a number of Telegram's/],
    [["--token-file", "wrong.txt", "--api-root", api.root, "--data", "d"], 1, /401/],
    [["--token-file", "wrong.txt", "--server", "http://127.0.0.1:1", "--data", "d"], 1, /no server answers/],
  ] as const) {
    const result = await runCli(folder, ["telegram", ...args]);
    expect([args.join(" "), result.code, result.stderr]).toEqual([
      args.join(" "),
      code,
      expect.stringMatching(sentence),
    ]);
    expect(result.stderr).not.toContain("another_token");
  }
});
