/** The bot's texts in a user's language, which Telegram tells with each message. */
import { en, type Texts } from "./en.js";
import { ru } from "./ru.js";

export const LANGUAGES: Readonly<Record<"en" | "ru", Texts>> = { en, ru };

/** @param language an IETF tag as Telegram sends it, or nothing */
export function textsFor(language: string | undefined): Texts {
  return language?.toLowerCase().startsWith("ru") === true ? ru : en;
}
