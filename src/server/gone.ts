/** Clients that go away before their answer. */
import type { FastifyReply } from "fastify";

/** Aborts when the connection closes before the answer has been written. */
export function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) {
      gone.abort();
    }
  });
  return gone.signal;
}
