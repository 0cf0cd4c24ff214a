/** What is asked of the bot about itself, by users and by admins. */
import type { Bot } from "grammy";
import type { Surroundings } from "../surroundings.js";
import { textsFor } from "../texts/texts.js";

const DAY_MS = 86_400_000;

export function addCommands(bot: Bot, { memory, painter, admins }: Surroundings): void {
  bot.command("start", (ctx) => ctx.reply(textsFor(ctx.from?.language_code).start(painter.model)));
  bot.command("help", (ctx) => ctx.reply(textsFor(ctx.from?.language_code).help));
  bot.command("privacy", (ctx) => ctx.reply(textsFor(ctx.from?.language_code).privacy(painter.keptDays)));

  bot.command("queue", async (ctx) => {
    const { waiting, running } = await painter.load();
    await ctx.reply(textsFor(ctx.from?.language_code).queue(waiting, running));
  });

  bot.command("cancel", async (ctx) => {
    const texts = textsFor(ctx.from?.language_code);
    const jobs = memory.untoldOf(ctx.from?.id ?? 0).flatMap(({ job }) => job ?? []);
    await Promise.all(jobs.map((job) => painter.cancel(job)));
    await ctx.reply(jobs.length === 0 ? texts.nothing : texts.stopping);
  });

  bot.command("forget", async (ctx) => {
    const jobs = memory.forget(ctx.from?.id ?? 0).flatMap(({ job }) => job ?? []);
    await Promise.all(jobs.map((job) => painter.remove(job)));
    await ctx.reply(textsFor(ctx.from?.language_code).forgotten);
  });

  // What only admins may is unknown to everybody else.
  const ofAdmins = bot.filter((ctx) => admins.includes(ctx.from?.id ?? 0));
  ofAdmins.command("stats", async (ctx) => {
    const { waiting, running } = await painter.load();
    const own = memory.countSince(ctx.from?.id ?? 0, Date.now() - DAY_MS);
    await ctx.reply(
      `${textsFor(ctx.from?.language_code).queue(waiting, running)}; ${own}/24 h; ${memory.untold().length}`,
    );
  });
  for (const [command, banned] of [
    ["ban", true],
    ["unban", false],
  ] as const) {
    ofAdmins.command(command, async (ctx) => {
      const user = Number(ctx.match.trim());
      if (Number.isSafeInteger(user) && user > 0) {
        memory.ban(user, banned);
        await ctx.reply(`${command} ${user}`);
      } else {
        await ctx.reply(`/${command} NUMBER`);
      }
    });
  }
}
