/**
 * A Bot API server of the tests' own: it keeps chats, hands out updates by long polling, and refuses what Telegram refuses. Reference:
 * Telegram's Bot API, core.telegram.org/bots/api.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export const TOKEN = "12345:test_token-AAAA";
const BOT = { id: 12345, is_bot: true, first_name: "Painter", username: "painter_bot" };

const MOST_TEXT = 4096;
const MOST_CAPTION = 1024;
const MOST_DATA_BYTES = 64;
const LONGEST_POLL_MS = 300;

/** A call as it came, its files apart. */
export interface Call {
  readonly method: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[];
}

export interface Shown {
  readonly chat: number;
  readonly id: number;
  text: string;
  photos: Buffer[];
  readonly data: readonly string[];
  deleted: boolean;
}

class Refused extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

export class BotApi {
  readonly calls: Call[] = [];
  readonly messages: Shown[] = [];
  readonly files = new Map<string, Buffer>();
  /** What the tests have to complain of in what the bot sent. */
  readonly faults: string[] = [];
  /** Answers to come instead of the right one: a status and seconds to wait. */
  readonly trouble: { method: string; code: number; retryAfter?: number }[] = [];
  /** Users who have blocked the bot. */
  readonly blocked = new Set<number>();
  readonly #updates: { update_id: number }[] = [];
  #nextUpdate = 1000;
  #nextMessage = 1;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<BotApi> {
    const server = createServer();
    const api = new BotApi(server);
    server.on("request", (request, response) => void api.#answer(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return api;
  }

  get root(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  /** Hands the bot what somebody sent; the same number is the same update once more. */
  send(user: number, message: Record<string, unknown>, { chat = user, language = "en" } = {}): number {
    const id = this.#nextMessage++;
    const from = { id: user, is_bot: false, first_name: "Ann", language_code: language };
    const type = chat < 0 ? "group" : "private";
    return this.#push({
      message: { message_id: id, date: 1, from, chat: { id: chat, type, title: "G", first_name: "Ann" }, ...message },
    });
  }

  press(user: number, shown: Shown, data: string): number {
    const from = { id: user, is_bot: false, first_name: "Ann", language_code: "en" };
    const message = { message_id: shown.id, date: 1, chat: { id: shown.chat, type: "private", first_name: "Ann" } };
    return this.#push({ callback_query: { id: String(this.#nextUpdate), from, message, chat_instance: "1", data } });
  }

  /** The update once more, as after an answer that was lost. */
  repeat(update: number): void {
    const found = this.#updates.find(({ update_id }) => update_id === update);
    if (found !== undefined) {
      this.#updates.push({ ...found });
    }
  }

  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  #push(update: object): number {
    const id = this.#nextUpdate++;
    this.#updates.push({ update_id: id, ...update });
    return id;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const [, kind, token, rest = ""] = /^\/(file\/)?bot([^/]+)\/([^?]*)/.exec(request.url ?? "") ?? [];
    if (token !== TOKEN) {
      respond(response, 401, { ok: false, error_code: 401, description: "Unauthorized" });
      return;
    }
    if (kind !== undefined) {
      const file = this.files.get(rest);
      response.writeHead(file === undefined ? 404 : 200).end(file);
      return;
    }
    const call = { method: rest, ...readBody(request, Buffer.concat(chunks)) };
    try {
      const result = await this.#do(call);
      respond(response, 200, { ok: true, result });
    } catch (thrown) {
      const refused = thrown instanceof Refused ? thrown : new Refused(500, String(thrown));
      const parameters = refused.retryAfter === undefined ? {} : { parameters: { retry_after: refused.retryAfter } };
      respond(response, refused.code, {
        ok: false,
        error_code: refused.code,
        description: refused.message,
        ...parameters,
      });
    }
  }

  async #do(call: Call): Promise<unknown> {
    const { method, fields } = call;
    const at = this.trouble.findIndex((one) => one.method === method);
    if (at >= 0) {
      const [{ code, retryAfter } = { code: 500 }] = this.trouble.splice(at, 1);
      throw new Refused(code, code === 429 ? "Too Many Requests" : "Internal Server Error", retryAfter);
    }
    if (method !== "getUpdates") {
      this.calls.push(call);
    }
    const chat = Number(fields["chat_id"]);
    if (this.blocked.has(chat)) {
      throw new Refused(403, "Forbidden: bot was blocked by the user");
    }
    switch (method) {
      case "getMe":
        return BOT;
      case "deleteWebhook":
      case "setMyCommands":
      case "answerCallbackQuery":
        this.#check(method, "text", textOf(fields["text"]), 200, true);
        return true;
      case "getUpdates":
        return this.#poll(Number(fields["offset"] ?? 0));
      case "getFile": {
        const path = textOf(fields["file_id"]);
        return { file_id: path, file_unique_id: path, file_path: path };
      }
      case "sendMessage":
        this.#check(method, "text", textOf(fields["text"]), MOST_TEXT, false);
        return this.#show(call, textOf(fields["text"]), []);
      case "sendPhoto":
        this.#check(method, "caption", textOf(fields["caption"]), MOST_CAPTION, true);
        return this.#show(call, textOf(fields["caption"]), this.#photos(call, 1, 1));
      case "sendDocument":
        return this.#show(call, "", this.#photos(call, 1, 1));
      case "sendMediaGroup": {
        const photos = this.#photos(call, 2, 10);
        return photos.map((photo) => this.#show(call, "", [photo]));
      }
      case "editMessageText":
      case "editMessageCaption":
      case "editMessageMedia":
        return this.#edit(call);
      case "deleteMessage":
        this.#find(call).deleted = true;
        return true;
      default:
        throw new Refused(404, `Not Found: method ${method}`);
    }
  }

  async #poll(offset: number): Promise<unknown> {
    // What lies before the offset has been received.
    this.#updates.splice(0, this.#updates.length, ...this.#updates.filter(({ update_id }) => update_id >= offset));
    const until = Date.now() + LONGEST_POLL_MS;
    while (this.#updates.length === 0 && Date.now() < until) {
      await sleep(10);
    }
    return this.#updates.slice(0, 100);
  }

  #show({ method, fields }: Call, text: string, photos: Buffer[]): object {
    const chat = Number(fields["chat_id"]);
    if (!Number.isSafeInteger(chat)) {
      throw new Refused(400, "Bad Request: chat_id is empty");
    }
    const markup = parsed(fields["reply_markup"]) as
      { readonly inline_keyboard: readonly (readonly { readonly callback_data: string }[])[] } | undefined;
    const data = (markup?.inline_keyboard ?? []).flat().map(({ callback_data: one }) => one);
    for (const one of data) {
      this.#check(method, "callback_data", one, MOST_DATA_BYTES, false);
    }
    const shown = { chat, id: this.#nextMessage++, text, photos, data, deleted: false };
    this.messages.push(shown);
    return { message_id: shown.id, date: 1, chat: { id: chat, type: "private", first_name: "Ann" }, text };
  }

  #edit(call: Call): object {
    const { method, fields } = call;
    const shown = this.#find(call);
    const media = parsed(fields["media"]) as { readonly caption?: string } | undefined;
    const text = textOf(fields["text"] ?? fields["caption"] ?? media?.caption);
    if (method === "editMessageText" && shown.photos.length > 0) {
      throw new Refused(400, "Bad Request: there is no text in the message to edit");
    }
    if (method === "editMessageCaption" && shown.photos.length === 0) {
      throw new Refused(400, "Bad Request: there is no caption in the message to edit");
    }
    if (method !== "editMessageMedia" && text === shown.text) {
      throw new Refused(400, "Bad Request: message is not modified");
    }
    this.#check(method, "text", text, method === "editMessageText" ? MOST_TEXT : MOST_CAPTION, false);
    shown.text = text;
    if (method === "editMessageMedia") {
      shown.photos = this.#photos(call, 1, 1);
    }
    return { message_id: shown.id, date: 1, chat: { id: shown.chat, type: "private", first_name: "Ann" } };
  }

  #find({ fields }: Call): Shown {
    const found = this.messages.find(
      ({ chat, id, deleted }) => chat === Number(fields["chat_id"]) && id === Number(fields["message_id"]) && !deleted,
    );
    if (found === undefined) {
      throw new Refused(400, "Bad Request: message to edit not found");
    }
    return found;
  }

  #photos({ method, files }: Call, fewest: number, most: number): Buffer[] {
    if (files.length < fewest || files.length > most) {
      this.faults.push(`${method}: ${files.length} files`);
    }
    for (const { bytes } of files) {
      if (bytes.readUInt32BE(0) !== 0x89504e47 && bytes.readUInt16BE(0) !== 0xffd8) {
        this.faults.push(`${method}: a file that is no picture`);
      }
    }
    return files.map(({ bytes }) => bytes);
  }

  #check(method: string, field: string, text: string, most: number, mayBeEmpty: boolean): void {
    const length = field === "callback_data" ? Buffer.byteLength(text) : text.length;
    if (length > most || (length === 0 && !mayBeEmpty)) {
      this.faults.push(`${method}: ${field} of ${length}`);
      throw new Refused(400, `Bad Request: ${field} is of ${length}`);
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function parsed(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : value;
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function readBody(request: IncomingMessage, body: Buffer): Pick<Call, "fields" | "files"> {
  const type = request.headers["content-type"] ?? "";
  if (body.length === 0) {
    return { fields: {}, files: [] };
  }
  if (type.includes("application/json")) {
    return { fields: JSON.parse(body.toString()) as Record<string, unknown>, files: [] };
  }
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1] ?? "";
  const fields: Record<string, unknown> = {};
  const files: { name: string; bytes: Buffer }[] = [];
  // Latin letters stand for the bytes, so that a text's places are those of the bytes.
  for (const part of body.toString("latin1").split(`--${boundary}`).slice(1, -1)) {
    const [head = "", ...rest] = part.split("\r\n\r\n");
    const bytes = Buffer.from(rest.join("\r\n\r\n").replace(/\r\n$/, ""), "latin1");
    const name = /name="?([^";\r]+)"?/i.exec(head)?.[1] ?? "";
    if (/filename/i.test(head)) {
      files.push({ name, bytes });
    } else {
      fields[name] = bytes.toString();
    }
  }
  return { fields, files };
}
