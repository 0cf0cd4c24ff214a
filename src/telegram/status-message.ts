/** One message that says how far a wish is. It is edited, and not more often than Telegram allows. */
import { type Api, GrammyError, InputFile } from "grammy";
import type { Memory, Wish } from "./memory.js";

/** A chat may be written to about once a second, a group twenty times a minute. */
const EDIT_MS = 3000;

export class StatusMessage {
  #message: number | undefined;
  #text = "";
  #edited = -Infinity;
  #hasPicture = false;

  constructor(
    private readonly api: Api,
    private readonly memory: Memory,
    private readonly wish: Wish,
    private readonly now: () => number = () => Date.now(),
  ) {
    this.#message = wish.statusMessage;
  }

  /** Says it now, or leaves it to the next one where the last is too fresh. */
  async say(text: string, preview?: Uint8Array): Promise<void> {
    if (this.#message === undefined) {
      const { message_id: id } = await this.api.sendMessage(this.wish.chat, text, replyTo(this.wish));
      this.memory.change(this.wish.id, "status_message", id);
      this.#message = id;
      this.#remember(text);
      return;
    }
    const fresh = this.now() - this.#edited < EDIT_MS;
    if (fresh || (text === this.#text && preview === undefined)) {
      return;
    }
    await this.#edit(this.#message, text, preview);
    this.#remember(text);
  }

  /** Says the end, however fresh the last text is. */
  async end(text: string): Promise<void> {
    if (this.#message === undefined) {
      await this.say(text);
    } else if (text !== this.#text) {
      await this.#edit(this.#message, text, undefined);
      this.#remember(text);
    }
  }

  /** Nothing is left to say of it. */
  async remove(): Promise<void> {
    if (this.#message !== undefined) {
      await passing(this.api.deleteMessage(this.wish.chat, this.#message));
    }
  }

  async #edit(message: number, text: string, preview: Uint8Array | undefined): Promise<void> {
    const { chat } = this.wish;
    if (preview !== undefined) {
      const media = { type: "photo" as const, media: new InputFile(preview, "preview.png"), caption: text };
      await passing(this.api.editMessageMedia(chat, message, media));
      this.#hasPicture = true;
    } else if (this.#hasPicture) {
      await passing(this.api.editMessageCaption(chat, message, { caption: text }));
    } else {
      await passing(this.api.editMessageText(chat, message, text));
    }
  }

  #remember(text: string): void {
    this.#text = text;
    this.#edited = this.now();
  }
}

/** A message that the user has deleted, or that says the same already, is no failure of the wish. */
async function passing(call: Promise<unknown>): Promise<void> {
  await call.catch((thrown: unknown) => {
    if (!(thrown instanceof GrammyError) || thrown.error_code !== 400) {
      throw thrown;
    }
  });
}

export function replyTo({ replyTo: message }: Pick<Wish, "replyTo">): {
  reply_parameters?: { message_id: number; allow_sending_without_reply: true };
} {
  return message === undefined ? {} : { reply_parameters: { message_id: message, allow_sending_without_reply: true } };
}
