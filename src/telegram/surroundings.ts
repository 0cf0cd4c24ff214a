/** What the bot is started with, and what its handlers work with. */
import type { Memory } from "./memory.js";
import type { Painter } from "./painter.js";
import type { Wishes } from "./wishes.js";

export interface GuardOptions {
  /** Users and chats that may; everybody where there are none. */
  readonly allowed: readonly number[];
  readonly admins: readonly number[];
  /** Everybody but admins is told that the bot is being looked after. */
  readonly maintenance?: boolean | undefined;
}

export interface BotOptions extends GuardOptions {
  readonly token: string;
  /** Of a Bot API server of one's own; Telegram's when left out. */
  readonly apiRoot?: string | undefined;
  readonly memory: Memory;
  readonly painter: Painter;
  /** Told what goes wrong, without what users wrote. */
  readonly log: (message: string) => void;
}

export interface Surroundings extends BotOptions {
  readonly wishes: Wishes;
}
