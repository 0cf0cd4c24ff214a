/** Server-sent events: one stream, kept alive while nothing happens. Reference: WHATWG HTML, 9.2. */
import { once } from "node:events";
import type { FastifyReply } from "fastify";
import type { JsonObject } from "../image/metadata/metadata.js";

/** Proxies close what is silent for longer. */
const KEEP_ALIVE_MS = 15_000;

export interface ServerEvent {
  readonly id?: number;
  /** As `event:`; clients of the images API take it from the data. */
  readonly type: string;
  readonly data: JsonObject;
}

export class EventStream {
  readonly #keepAlive: NodeJS.Timeout;
  #open = true;

  /** Takes the answer over; its headers are sent at once. */
  constructor(private readonly reply: FastifyReply) {
    reply.hijack();
    reply.raw.writeHead(200, {
      ...withoutUndefined(reply.getHeaders()),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    reply.raw.flushHeaders();
    this.#keepAlive = setInterval(() => void this.#write(": keep-alive\n\n"), KEEP_ALIVE_MS);
    reply.raw.once("close", () => {
      this.#stop();
    });
  }

  /** Waits where the client reads more slowly than is written. */
  async send({ id, type, data }: ServerEvent): Promise<void> {
    const lines = [...(id === undefined ? [] : [`id: ${id}`]), `event: ${type}`, `data: ${JSON.stringify(data)}`];
    await this.#write(`${lines.join("\n")}\n\n`);
  }

  end(): void {
    this.#stop();
    this.reply.raw.end();
  }

  async #write(text: string): Promise<void> {
    const { raw } = this.reply;
    if (this.#open && !raw.write(text)) {
      await Promise.race([once(raw, "drain"), once(raw, "close")]);
    }
  }

  #stop(): void {
    this.#open = false;
    clearInterval(this.#keepAlive);
  }
}

function withoutUndefined(headers: Readonly<Record<string, number | string | string[] | undefined>>) {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
