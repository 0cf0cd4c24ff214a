/** How a user wants pictures, kept from then on. */
import type { Bot, CommandContext, Context } from "grammy";
import type { Surroundings } from "../surroundings.js";
import type { UserSettings } from "../memory.js";
import { textsFor } from "../texts/texts.js";

const MOST_AT_A_TIME = 10;
const MOST_STEPS = 200;
const MOST_NEGATIVE = 1000;

export function addSettings(bot: Bot, { memory }: Surroundings): void {
  const set = async (
    ctx: CommandContext<Context>,
    name: keyof UserSettings,
    read: (text: string) => string | number | undefined,
    refusal: string,
  ): Promise<void> => {
    const texts = textsFor(ctx.from?.language_code);
    const user = ctx.from?.id ?? 0;
    const text = ctx.match.trim();
    const { [name]: _before, ...rest } = memory.settingsOf(user);
    const value = text === "" ? undefined : read(text);
    if (text !== "" && value === undefined) {
      await ctx.reply(refusal);
      return;
    }
    memory.setSettings(user, value === undefined ? rest : { ...rest, [name]: value });
    await ctx.reply(texts.saved(texts[name], value === undefined ? texts.usual : String(value)));
  };
  const wholeUpTo =
    (most: number) =>
    (text: string): number | undefined =>
      /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most ? Number(text) : undefined;

  bot.command("count", (ctx) =>
    set(ctx, "count", wholeUpTo(MOST_AT_A_TIME), textsFor(ctx.from?.language_code).wrongNumber(MOST_AT_A_TIME)),
  );
  bot.command("steps", (ctx) =>
    set(ctx, "steps", wholeUpTo(MOST_STEPS), textsFor(ctx.from?.language_code).wrongNumber(MOST_STEPS)),
  );
  bot.command("size", (ctx) => set(ctx, "size", sizeOf, textsFor(ctx.from?.language_code).wrongSize));
  bot.command("negative", (ctx) => set(ctx, "negative", (text) => text.slice(0, MOST_NEGATIVE), ""));
}

/** Two numbers with anything between them. */
function sizeOf(text: string): string | undefined {
  const [, width, height] = /^(\d{2,4})\s*[x×х*: ]\s*(\d{2,4})$/i.exec(text) ?? [];
  return width === undefined || height === undefined ? undefined : `${Number(width)}x${Number(height)}`;
}
