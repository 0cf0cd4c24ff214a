/** Who may use the bot, and that each update is handled once. */
import type { Bot } from "grammy";
import type { Memory } from "../memory.js";
import type { GuardOptions } from "../surroundings.js";
import { textsFor } from "../texts/texts.js";

export function addGuard(
  bot: Bot,
  { memory, allowed, admins, maintenance }: GuardOptions & { readonly memory: Memory },
): void {
  bot.use(async (ctx, next) => {
    // A killed program is sent again what it had heard.
    if (memory.hasHeard(ctx.update.update_id)) {
      return;
    }
    const user = ctx.from;
    const chat = ctx.chat;
    if (user === undefined || chat === undefined || user.is_bot) {
      return;
    }
    const texts = textsFor(user.language_code);
    const isAdmin = admins.includes(user.id);
    const isIn = allowed.length === 0 || isAdmin || allowed.includes(user.id) || allowed.includes(chat.id);
    const refusal = memory.isBanned(user.id)
      ? texts.banned
      : !isIn
        ? texts.notAllowed(user.id)
        : maintenance === true && !isAdmin
          ? texts.maintenance
          : undefined;
    if (refusal === undefined) {
      await next();
      memory.hear(ctx.update.update_id);
    } else if (ctx.callbackQuery !== undefined) {
      await ctx.answerCallbackQuery({ text: refusal });
    } else if (chat.type === "private") {
      // In a group the bot would answer to what was not meant for it.
      await ctx.reply(refusal);
    }
  });
}
