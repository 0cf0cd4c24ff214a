/** Looking after a running server: its metrics, and its end. */
import { z } from "zod";
import { ForbiddenError } from "../caller.js";
import type { App } from "../context.js";
import type { Metrics } from "../metrics.js";
import { textOf } from "../text-answer.js";

const tags = ["operation"];

/** @param stop ends the server in good order; left out, it cannot be ended by a request */
export function addControlRoutes(app: App, metrics: Metrics | undefined, stop: (() => void) | undefined): void {
  if (metrics !== undefined) {
    app.addHook("onResponse", (request, reply, done) => {
      const route = request.routeOptions.url ?? "none";
      metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
      done();
    });
    app.get(
      "/metrics",
      { schema: { tags, summary: "metrics, as Prometheus reads them", response: { 200: textOf("text/plain") } } },
      async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
    );
  }
  app.post(
    "/v1/server/stop",
    {
      schema: {
        tags,
        summary: "end the server in good order; from this machine, or with an admin key",
        response: { 202: z.object({ stopping: z.literal(true) }) },
      },
    },
    async (request, reply) => {
      if (!request.caller.admin || stop === undefined) {
        throw new ForbiddenError("ending the server needs an admin key");
      }
      reply.raw.once("finish", stop);
      return reply.code(202).send({ stopping: true as const });
    },
  );
}
