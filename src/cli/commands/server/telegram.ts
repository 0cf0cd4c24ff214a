/** `kandinsky3 telegram`: a bot that paints. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { reasonOf, UsageError } from "../../../errors.js";
import { writeStdout } from "../../output/stdout.js";
import { addSettings, readSettings } from "../../server/read-settings.js";
import { TELEGRAM_SETTINGS } from "../../server/serve-settings.js";
import { requireServerPackages } from "../../server/server-packages.js";
import { StopSignal } from "../../server/stop-signal.js";

type Flags = Parameters<typeof readSettings>[0] & {
  readonly tokenFile?: string;
  readonly allow?: readonly string[];
  readonly admin?: readonly string[];
  readonly apiRoot?: string;
  readonly server?: string;
  readonly key?: string;
  readonly maintenance?: boolean;
};

const TOKEN = /^\d+:[\w-]+$/;
const TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN";

export function addTelegram(command: Command): void {
  addSettings(
    command
      .option("--token-file <file>", `file that holds the bot's token; ${TOKEN_VARIABLE} otherwise`)
      .option("--allow <id...>", "users and chats that may use it; everybody without it")
      .option("--admin <id...>", "users who look after it")
      .option("--api-root <url>", "a Bot API server of your own")
      .option("--server <url>", "a running kandinsky3 serve, whose jobs it asks for")
      .option("--key <key>", "an API key of that server; KANDINSKY3_API_KEY otherwise")
      .option("--maintenance", "tell everybody but admins to come back later"),
    TELEGRAM_SETTINGS,
  )
    .addHelpText(
      "after",
      `
Examples:
  TELEGRAM_BOT_TOKEN=… kandinsky3 telegram
  kandinsky3 telegram --token-file token.txt --allow 12345 --admin 12345
  kandinsky3 telegram --token-file token.txt --server http://127.0.0.1:3333`,
    )
    .action(telegram);
}

async function telegram({
  tokenFile,
  allow,
  admin,
  apiRoot,
  server,
  key,
  maintenance,
  ...flags
}: Flags): Promise<void> {
  const settings = await readSettings(flags);
  const options = {
    token: await tokenOf(tokenFile),
    apiRoot: apiRoot?.replace(/\/+$/, ""),
    allowed: idsOf("--allow", allow),
    admins: idsOf("--admin", admin),
    maintenance: maintenance === true,
    server,
    key: key ?? process.env["KANDINSKY3_API_KEY"],
  };
  requireServerPackages(["server", "telegram"]);
  const stop = new StopSignal();
  const { runTelegram } = await import("../../server/run-telegram.js");
  const bot = await runTelegram(settings, options);
  await writeStdout(`@${bot.name} answers\n`);
  await stop.asked;
  process.stderr.write("kandinsky3: stopping; running jobs may end first, Ctrl-C again stops at once\n");
  await bot.close();
}

/** A token in a flag would be in every list of processes. */
async function tokenOf(file: string | undefined): Promise<string> {
  const text = file === undefined ? process.env[TOKEN_VARIABLE] : await readToken(file);
  const where = file === undefined ? TOKEN_VARIABLE : "--token-file";
  if (text === undefined || text.trim() === "") {
    throw new UsageError(`--token-file: missing, expected a file with the bot's token, or ${TOKEN_VARIABLE}`);
  }
  if (!TOKEN.test(text.trim())) {
    throw new UsageError(`${where}: expected a token as BotFather gives it, 12345:letters`);
  }
  return text.trim();
}

async function readToken(file: string): Promise<string> {
  return readFile(file, "utf8").catch((thrown: unknown) => {
    throw new UsageError(`--token-file: ${JSON.stringify(file)} cannot be read: ${reasonOf(thrown)}`);
  });
}

function idsOf(flag: string, texts: readonly string[] = []): number[] {
  return texts.map((text) => {
    if (!/^-?\d{1,15}$/.test(text)) {
      throw new UsageError(`${flag}: expected a number of Telegram's, got ${JSON.stringify(text)}`);
    }
    return Number(text);
  });
}
