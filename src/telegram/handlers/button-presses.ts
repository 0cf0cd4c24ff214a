/** What the buttons under a result do, for the one who asked for it. */
import { type Bot, type Context, GrammyError, InputFile } from "grammy";
import type { Surroundings } from "../surroundings.js";
import { type Deed, readButton } from "../buttons.js";
import type { Wish } from "../memory.js";
import type { Texts } from "../texts/en.js";
import { textsFor } from "../texts/texts.js";
import { lastPicture } from "./messages.js";

/** How much of a picture its variations make anew. */
const VARIATION = 0.5;

export function addButtons(bot: Bot, surroundings: Surroundings): void {
  const { memory, painter, wishes } = surroundings;

  bot.on("callback_query:data", async (ctx) => {
    const texts = textsFor(ctx.from.language_code);
    const pressed = readButton(ctx.callbackQuery.data);
    const wish = pressed === undefined ? undefined : memory.get(pressed.wish);
    if (pressed === undefined || wish === undefined) {
      await answer(ctx, texts.gone);
    } else if (wish.user !== ctx.from.id) {
      await answer(ctx, texts.notYours);
    } else {
      await answer(ctx, await act(ctx, pressed.deed, wish, texts));
    }
  });

  /** What the user is told in passing, if anything. */
  async function act(ctx: Context, deed: Deed, wish: Wish, texts: Texts): Promise<string | undefined> {
    if (deed === "again") {
      const { seed: _seed, ...fields } = wish.fields;
      again(ctx, wish, fields);
      return undefined;
    }
    if (deed === "remove") {
      if (wish.job !== undefined) {
        await painter.remove(wish.job);
      }
      memory.remove(wish.id);
      await ctx.deleteMessage().catch(() => undefined); // Too old, or gone already: the picture is removed all the same.
      return undefined;
    }
    const image = await lastPicture(surroundings, wish.job);
    if (image === undefined) {
      return texts.gone;
    }
    if (deed === "vary") {
      const { mask: _mask, ...fields } = wish.fields;
      again(ctx, wish, { ...fields, image, strength: VARIATION });
      return undefined;
    }
    const bytes = await painter.picture(image);
    if (bytes === undefined) {
      return texts.gone;
    }
    await ctx.replyWithDocument(new InputFile(bytes, `${image}.png`));
    return undefined;
  }

  function again(ctx: Context, wish: Wish, fields: Wish["fields"]): void {
    const { chat, user, replyTo } = wish;
    wishes.begin({
      key: `telegram-${ctx.update.update_id}`,
      user,
      chat,
      replyTo,
      language: ctx.from?.language_code,
      fields,
    });
  }
}

/** A press that is too old to be answered has been acted on all the same. */
async function answer(ctx: Context, text: string | undefined): Promise<void> {
  await ctx.answerCallbackQuery(text === undefined ? {} : { text }).catch((thrown: unknown) => {
    if (!(thrown instanceof GrammyError) || thrown.error_code !== 400) {
      throw thrown;
    }
  });
}
