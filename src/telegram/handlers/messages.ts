/** Words, and pictures with words. */
import type { Bot, Context } from "grammy";
import { KandinskyError } from "../../errors.js";
import type { JsonObject } from "../../image/metadata/metadata.js";
import type { Surroundings } from "../surroundings.js";
import type { UserSettings } from "../memory.js";
import { textsFor } from "../texts/texts.js";

/** What a picture keeps of itself where nothing else is asked. */
const STRENGTH = 0.6;
/** What bots may fetch from Telegram. */
const MOST_BYTES = 20 * 1024 ** 2;

export function addMessages(bot: Bot, surroundings: Surroundings): void {
  const { wishes, memory } = surroundings;

  const wish = (ctx: Context, prompt: string, more: JsonObject = {}): void => {
    const { from, chat, msg, update } = ctx;
    if (from !== undefined && chat !== undefined && msg !== undefined) {
      wishes.begin({
        key: `telegram-${update.update_id}`,
        user: from.id,
        chat: chat.id,
        replyTo: chat.type === "private" ? undefined : msg.message_id,
        language: from.language_code,
        fields: { ...fieldsOf(memory.settingsOf(from.id)), prompt, ...more },
      });
    }
  };

  bot.command("imagine", async (ctx) => {
    const prompt = ctx.match.trim();
    if (prompt === "") {
      await ctx.reply(textsFor(ctx.from?.language_code).onlyWords);
    } else {
      wish(ctx, prompt);
    }
  });

  bot.on(["message:photo", "message:document"], async (ctx) => {
    const texts = textsFor(ctx.from.language_code);
    const { photo, document, caption = "" } = ctx.message;
    const isPicture = photo !== undefined || document.mime_type?.startsWith("image/") === true;
    const isForBot = ctx.chat.type === "private" || caption.startsWith("/imagine") || isReplyToBot(ctx);
    if (!isForBot) {
      return;
    }
    if (!isPicture) {
      await ctx.reply(texts.noPicture);
      return;
    }
    if ((document?.file_size ?? 0) > MOST_BYTES) {
      await ctx.reply(texts.tooLarge);
      return;
    }
    try {
      const image = await surroundings.painter.keep(await fetchFile(ctx, surroundings));
      wish(ctx, caption.replace(/^\/imagine(?:@\w+)?/, "").trim(), { image, strength: STRENGTH });
    } catch (thrown) {
      if (!(thrown instanceof KandinskyError)) {
        throw thrown;
      }
      await ctx.reply(texts.failed(thrown.message));
    }
  });

  bot.on("message:text", async (ctx) => {
    const { text, reply_to_message: shown } = ctx.message;
    const texts = textsFor(ctx.from.language_code);
    if (text.startsWith("/")) {
      if (ctx.chat.type === "private") {
        await ctx.reply(texts.help);
      }
      return;
    }
    const before = shown === undefined ? undefined : memory.shownIn(ctx.chat.id, shown.message_id);
    if (before !== undefined) {
      const image = await lastPicture(surroundings, before.job);
      if (image === undefined) {
        await ctx.reply(texts.gone);
      } else {
        wish(ctx, text, { image, strength: STRENGTH });
      }
    } else if (ctx.chat.type === "private") {
      wish(ctx, text);
    }
  });

  bot.on("message", async (ctx) => {
    if (ctx.chat.type === "private") {
      await ctx.reply(textsFor(ctx.from.language_code).onlyWords);
    }
  });
}

/** A user's settings as fields of a job. */
export function fieldsOf({ count, size, steps, negative }: UserSettings): JsonObject {
  return {
    ...(count === undefined ? {} : { n: count }),
    ...(size === undefined ? {} : { size }),
    ...(steps === undefined ? {} : { steps }),
    ...(negative === undefined ? {} : { negative_prompt: negative }),
  };
}

/** The id of the first picture of a job that has ended. */
export async function lastPicture({ painter }: Surroundings, job: string | undefined): Promise<string | undefined> {
  if (job === undefined) {
    return undefined;
  }
  for await (const course of painter.watch(job, AbortSignal.timeout(5000))) {
    const [image] = course?.images ?? [];
    if (image !== undefined) {
      return image.id;
    }
  }
  return undefined;
}

function isReplyToBot(ctx: Context): boolean {
  return ctx.msg?.reply_to_message?.from?.id === ctx.me.id;
}

async function fetchFile(
  ctx: Context,
  { token, apiRoot = "https://api.telegram.org" }: Surroundings,
): Promise<Uint8Array> {
  const { file_path: path } = await ctx.getFile();
  const response = await fetch(`${apiRoot}/file/bot${token}/${path ?? ""}`);
  if (!response.ok) {
    throw new Error(`the file of a message cannot be fetched: ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
