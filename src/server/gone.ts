/** Clients that go away before their answer. */
import type { FastifyReply } from "fastify";
import type { Context } from "./context.js";

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

/** As `whenGone`. The job is cancelled when the last client that waits for it has gone, unless this one wants it to go on. */
export function cancelsWhenGone(
  { jobs, waiting }: Context,
  reply: FastifyReply,
  job: string,
  detached: boolean,
): AbortSignal {
  const gone = whenGone(reply);
  const leave = waiting.enter(job);
  gone.addEventListener("abort", () => {
    if (leave() === 0 && !detached) {
      void jobs.cancel(job);
    }
  });
  return gone;
}
