/** From a wish to its picture: asked for, watched, told. What a killed program left half done is done by the next one. */
import { type Api, GrammyError, InputFile } from "grammy";
import { KandinskyError, reasonOf } from "../errors.js";
import { resultButtons } from "./buttons.js";
import type { Memory, NewWish, Wish } from "./memory.js";
import type { Course, Painter } from "./painter.js";
import { replyTo, StatusMessage } from "./status-message.js";
import type { Texts } from "./texts/en.js";
import { textsFor } from "./texts/texts.js";

/** Telegram's own bound for the text under a picture. */
const MOST_CAPTION = 1024;
const MOST_PROMPT = 700;
/** What a bot that was removed from a chat, or blocked by its user, is answered. */
const SHUT_OUT = 403;

export class Wishes {
  readonly #ending = new AbortController();
  readonly #open = new Set<Promise<void>>();

  constructor(
    private readonly api: Api,
    private readonly memory: Memory,
    private readonly painter: Painter,
    private readonly log: (message: string) => void,
  ) {}

  /** Takes up what was not told before the program last ended. */
  resume(): void {
    this.memory.untold().forEach((wish) => {
      this.#follow(wish);
    });
  }

  begin(wish: NewWish): void {
    const added = this.memory.add(wish);
    if (added !== undefined) {
      this.#follow(added);
    }
  }

  /** Stops watching; jobs go on, and the next start tells of them. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#open);
  }

  #follow(wish: Wish): void {
    const work = this.#run(wish).catch((thrown: unknown) => {
      if (thrown instanceof GrammyError && thrown.error_code === SHUT_OUT) {
        this.memory.told(wish.id);
      } else if (!this.#ending.signal.aborted) {
        this.log(`wish ${wish.id}: ${reasonOf(thrown)}`);
      }
    });
    this.#open.add(work);
    void work.finally(() => this.#open.delete(work));
  }

  async #run(wish: Wish): Promise<void> {
    const texts = textsFor(wish.language);
    const status = new StatusMessage(this.api, this.memory, wish);
    const job = await this.#jobOf(wish, texts, status);
    if (job === undefined) {
      return;
    }
    let last: Course | undefined;
    for await (const course of this.painter.watch(job, this.#ending.signal)) {
      last = course;
      if (course?.status === "queued") {
        await status.say(texts.queued(course.before));
      } else if (course?.status === "running") {
        await status.say(sentenceOf(course, texts), course.preview);
      }
    }
    if (!this.#ending.signal.aborted) {
      await this.#tell(wish, last, texts, status);
    }
  }

  /** `undefined` where the request is refused, which has been told. */
  async #jobOf(wish: Wish, texts: Texts, status: StatusMessage): Promise<string | undefined> {
    if (wish.job !== undefined) {
      return wish.job;
    }
    try {
      const job = await this.painter.ask(wish.fields, wish.key);
      this.memory.change(wish.id, "job", job);
      return job;
    } catch (thrown) {
      if (!(thrown instanceof KandinskyError)) {
        throw thrown;
      }
      await status.end(texts.failed(thrown.message));
      this.memory.told(wish.id);
      return undefined;
    }
  }

  async #tell(wish: Wish, course: Course | undefined, texts: Texts, status: StatusMessage): Promise<void> {
    if (course?.status === "completed") {
      await this.#show(wish, course, texts);
      await status.remove();
    } else if (course?.status === "cancelled") {
      await status.end(texts.cancelled);
    } else {
      await status.end(course?.error === undefined ? texts.lost : texts.failed(course.error));
    }
    this.memory.told(wish.id);
  }

  async #show(wish: Wish, { images }: Course, texts: Texts): Promise<void> {
    const caption = captionOf(wish, images[0]?.seed ?? "", texts);
    const files = await Promise.all(images.map(({ id }) => this.painter.picture(id)));
    const photos = files.flatMap((bytes, index) =>
      bytes === undefined ? [] : [new InputFile(bytes, `${index + 1}.png`)],
    );
    const [first, ...others] = photos;
    if (first === undefined) {
      throw new Error("the pictures are gone before they were sent");
    }
    const buttons = { reply_markup: resultButtons(texts, wish.id) };
    if (others.length === 0) {
      const sent = await this.api.sendPhoto(wish.chat, first, { caption, ...replyTo(wish), ...buttons });
      this.memory.change(wish.id, "result_message", sent.message_id);
      return;
    }
    // Albums have no buttons: those stand under a message of their own.
    const media = photos.map((photo, index) => ({
      type: "photo" as const,
      media: photo,
      ...(index === 0 ? { caption } : {}),
    }));
    const [sent] = await this.api.sendMediaGroup(wish.chat, media, replyTo(wish));
    this.memory.change(wish.id, "result_message", sent?.message_id ?? 0);
    await this.api.sendMessage(wish.chat, `${texts.seed} ${images[0]?.seed ?? ""}`, buttons);
  }
}

function sentenceOf({ phase, step, steps }: Course, texts: Texts): string {
  if (phase === "unet" && steps > 0) {
    return texts.painting(step, steps);
  }
  const phases: Readonly<Record<string, string>> = texts.phases;
  return phases[phase ?? "text_encoder"] ?? texts.phases.unet;
}

function captionOf({ fields }: Wish, seed: string, { seed: word }: Texts): string {
  const prompt = typeof fields["prompt"] === "string" ? fields["prompt"] : "";
  // Cut between letters as people count them, which some take several code units for.
  const letters = [...new Intl.Segmenter().segment(prompt)].map(({ segment }) => segment);
  const shown = letters.length > MOST_PROMPT ? `${letters.slice(0, MOST_PROMPT).join("")}…` : prompt;
  return `${shown}\n${word} ${seed}`.slice(0, MOST_CAPTION);
}
