/** What the bot remembers, in a file of its own beside the jobs: what it has heard, who asked for what, and how each wants it. */
import { join } from "node:path";
import type Libsql from "libsql";
import { makeFolders } from "../files/make-folders.js";
import type { JsonObject } from "../image/metadata/metadata.js";

const NAME = "telegram.db";

/** Step n brings a file whose `user_version` is n to n + 1; a step that has landed is never changed. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE updates (id INTEGER PRIMARY KEY);
  CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    settings TEXT NOT NULL DEFAULT '{}',
    banned INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE wishes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    user INTEGER NOT NULL,
    chat INTEGER NOT NULL,
    reply_to INTEGER,
    language TEXT,
    fields TEXT NOT NULL,
    job TEXT,
    status_message INTEGER,
    result_message INTEGER,
    told INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
  );
  CREATE INDEX wishes_untold ON wishes (told) WHERE told = 0;
  CREATE INDEX wishes_by_message ON wishes (chat, result_message);
  `,
];
/** Update ids grow; what is older than so many has been handled or is lost to Telegram as well. */
const KEPT_UPDATES = 10_000;

/** How a user wants pictures; what is missing is the model's own. */
export interface UserSettings {
  readonly count?: number;
  readonly size?: string;
  readonly steps?: number;
  readonly negative?: string;
}

export interface NewWish {
  /** The same for a repeated update. */
  readonly key: string;
  readonly user: number;
  readonly chat: number;
  readonly replyTo: number | undefined;
  readonly language: string | undefined;
  /** Of the job; pictures are ids of kept ones. */
  readonly fields: JsonObject;
}

export interface Wish extends NewWish {
  readonly id: number;
  readonly job: string | undefined;
  readonly statusMessage: number | undefined;
  readonly resultMessage: number | undefined;
}

interface WishRow {
  readonly id: number;
  readonly key: string;
  readonly user: number;
  readonly chat: number;
  readonly reply_to: number | null;
  readonly language: string | null;
  readonly fields: string;
  readonly job: string | null;
  readonly status_message: number | null;
  readonly result_message: number | null;
}

export class Memory {
  private constructor(private readonly database: Libsql.Database) {}

  static async open(folder: string): Promise<Memory> {
    await makeFolders(folder);
    // Loaded where it is used: nothing else of the program needs its native part.
    const { default: Constructor } = (await import("libsql")) as unknown as { default: typeof Libsql };
    const database = new Constructor(join(folder, NAME));
    database.pragma("journal_mode = WAL");
    const [row] = database.pragma("user_version") as readonly { user_version: number }[];
    for (const sql of MIGRATIONS.slice(row?.user_version ?? 0)) {
      database.exec(`BEGIN IMMEDIATE; ${sql} COMMIT;`);
    }
    database.pragma(`user_version = ${MIGRATIONS.length}`);
    return new Memory(database);
  }

  close(): void {
    this.database.close();
  }

  hasHeard(update: number): boolean {
    return this.database.prepare("SELECT id FROM updates WHERE id = ?").get(update) !== undefined;
  }

  /** After it has been acted on: a kill before that has it sent once more. */
  hear(update: number): void {
    this.database.prepare("INSERT OR IGNORE INTO updates VALUES (?)").run(update);
    this.database.prepare("DELETE FROM updates WHERE id < ?").run(update - KEPT_UPDATES);
  }

  settingsOf(user: number): UserSettings {
    const row = this.database.prepare("SELECT settings FROM users WHERE id = ?").get(user) as
      { readonly settings: string } | undefined;
    return row === undefined ? {} : (JSON.parse(row.settings) as UserSettings);
  }

  setSettings(user: number, settings: UserSettings): void {
    this.database
      .prepare(
        "INSERT INTO users (id, settings) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET settings = excluded.settings",
      )
      .run(user, JSON.stringify(settings));
  }

  isBanned(user: number): boolean {
    const row = this.database.prepare("SELECT banned FROM users WHERE id = ?").get(user) as
      { readonly banned: number } | undefined;
    return row?.banned === 1;
  }

  ban(user: number, banned: boolean): void {
    this.database
      .prepare("INSERT INTO users (id, banned) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET banned = excluded.banned")
      .run(user, banned ? 1 : 0);
  }

  /** `undefined` where there is a wish of the same key, which is followed already. */
  add({ key, user, chat, replyTo, language, fields }: NewWish): Wish | undefined {
    const { changes } = this.database
      .prepare(
        `INSERT OR IGNORE INTO wishes (key, user, chat, reply_to, language, fields, created) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(key, user, chat, replyTo ?? null, language ?? null, JSON.stringify(fields), Date.now());
    return changes === 0
      ? undefined
      : wishOf(this.database.prepare("SELECT * FROM wishes WHERE key = ?").get(key) as WishRow);
  }

  get(id: number): Wish | undefined {
    const row = this.database.prepare("SELECT * FROM wishes WHERE id = ?").get(id) as WishRow | undefined;
    return row === undefined ? undefined : wishOf(row);
  }

  /** The wish whose pictures a message shows. */
  shownIn(chat: number, message: number): Wish | undefined {
    const row = this.database
      .prepare("SELECT * FROM wishes WHERE chat = ? AND result_message = ?")
      .get(chat, message) as WishRow | undefined;
    return row === undefined ? undefined : wishOf(row);
  }

  /** Those whose end has not been told. */
  untold(): Wish[] {
    return this.#wishes("SELECT * FROM wishes WHERE told = 0 ORDER BY id");
  }

  untoldOf(user: number): Wish[] {
    return this.#wishes("SELECT * FROM wishes WHERE told = 0 AND user = ? ORDER BY id", user);
  }

  change(id: number, column: "job" | "status_message" | "result_message", value: string | number): void {
    this.database.prepare(`UPDATE wishes SET ${column} = ? WHERE id = ?`).run(value, id);
  }

  told(id: number): void {
    this.database.prepare("UPDATE wishes SET told = 1 WHERE id = ?").run(id);
  }

  /** How many wishes a user has had since a moment. */
  countSince(user: number, since: number): number {
    const row = this.database
      .prepare("SELECT count(*) AS count FROM wishes WHERE user = ? AND created >= ?")
      .get(user, since) as { readonly count: number };
    return row.count;
  }

  /** Removes all of a user but a ban, and gives the wishes that there were. */
  forget(user: number): Wish[] {
    const wishes = this.#wishes("SELECT * FROM wishes WHERE user = ?", user);
    this.database.prepare("DELETE FROM wishes WHERE user = ?").run(user);
    this.database.prepare("UPDATE users SET settings = '{}' WHERE id = ?").run(user);
    return wishes;
  }

  remove(id: number): void {
    this.database.prepare("DELETE FROM wishes WHERE id = ?").run(id);
  }

  #wishes(sql: string, ...values: number[]): Wish[] {
    return (this.database.prepare(sql).all(...values) as WishRow[]).map(wishOf);
  }
}

function wishOf({ reply_to, language, fields, job, status_message, result_message, ...row }: WishRow): Wish {
  const { id, key, user, chat } = row;
  return {
    id,
    key,
    user,
    chat,
    replyTo: reply_to ?? undefined,
    language: language ?? undefined,
    fields: JSON.parse(fields) as JsonObject,
    job: job ?? undefined,
    statusMessage: status_message ?? undefined,
    resultMessage: result_message ?? undefined,
  };
}
