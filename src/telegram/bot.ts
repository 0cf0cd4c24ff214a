/** What the bot does with each update. Reference: Telegram's Bot API, and grammY for speaking it. */
import { autoRetry } from "@grammyjs/auto-retry";
import { Bot, type Context } from "grammy";
import { addButtons } from "./handlers/button-presses.js";
import { addCommands } from "./handlers/commands.js";
import { addGuard } from "./handlers/guard.js";
import { addMessages } from "./handlers/messages.js";
import { addSettings } from "./handlers/settings.js";
import type { BotOptions, Surroundings } from "./surroundings.js";
import { LANGUAGES } from "./texts/texts.js";
import { Wishes } from "./wishes.js";

export interface RunningBot {
  /** Of the bot, without the at sign. */
  readonly name: string;
  close(): Promise<void>;
}

const LONGEST_WAIT_SECONDS = 3600;

/** Polls until it is closed. Throws what Telegram answers to a token that it does not know. */
export async function startBot(options: BotOptions): Promise<RunningBot> {
  const { token, apiRoot, memory, painter, log } = options;
  const bot = new Bot<Context>(token, { client: apiRoot === undefined ? {} : { apiRoot } });
  // Asked to wait, a call waits, and those for other chats go on.
  bot.api.config.use(autoRetry({ maxDelaySeconds: LONGEST_WAIT_SECONDS, maxRetryAttempts: 20 }));
  const wishes = new Wishes(bot.api, memory, painter, log);
  const surroundings: Surroundings = { ...options, wishes };
  addGuard(bot, surroundings);
  addCommands(bot, surroundings);
  addSettings(bot, surroundings);
  addButtons(bot, surroundings);
  addMessages(bot, surroundings);
  bot.catch(({ error, ctx }) => {
    log(`update ${ctx.update.update_id}: ${withoutToken(error, token)}`);
  });
  await bot.init();
  await registerCommands(bot);
  wishes.resume();
  const polling = bot.start({ allowed_updates: ["message", "callback_query"] }).catch((thrown: unknown) => {
    log(`polling ended: ${withoutToken(thrown, token)}`);
  });
  return {
    name: bot.botInfo.username,
    close: async () => {
      await bot.stop();
      await polling;
      await wishes.close();
    },
  };
}

async function registerCommands(bot: Bot): Promise<void> {
  for (const [language, { commands }] of Object.entries(LANGUAGES)) {
    const list = Object.entries(commands).map(([command, description]) => ({ command, description }));
    await bot.api.setMyCommands(list, language === "en" ? {} : { language_code: "ru" });
  }
}

/** Addresses of the Bot API have the token in them. */
export function withoutToken(thrown: unknown, token: string): string {
  return String(thrown instanceof Error ? thrown.message : thrown).replaceAll(token, "TOKEN");
}
