/** The buttons under a result. What they carry names the wish, so that they work after a restart as well. */
import { InlineKeyboard } from "grammy";
import type { Texts } from "./texts/en.js";

export const DEEDS = ["again", "vary", "file", "remove"] as const;
export type Deed = (typeof DEEDS)[number];

export function resultButtons({ buttons }: Texts, wish: number): InlineKeyboard {
  return new InlineKeyboard()
    .text(buttons.again, dataOf("again", wish))
    .text(buttons.vary, dataOf("vary", wish))
    .row()
    .text(buttons.file, dataOf("file", wish))
    .text(buttons.remove, dataOf("remove", wish));
}

/** `undefined` for data of another program or another time. */
export function readButton(data: string): { readonly deed: Deed; readonly wish: number } | undefined {
  const [, name, wish] = /^([a-z]+):(\d{1,15})$/.exec(data) ?? [];
  const deed = DEEDS.find((one) => one === name);
  return deed === undefined ? undefined : { deed, wish: Number(wish) };
}

function dataOf(deed: Deed, wish: number): string {
  return `${deed}:${wish}`;
}
