/** Whether the server works, and which one it is. */
import { z } from "zod";
import { packageVersion } from "../../files/package-info.js";
import type { App, Context } from "../context.js";
import { errorBody, errorBodySchema } from "../errors.js";

const tags = ["operation"];
const workerSchema = z.object({ name: z.string(), job: z.string().nullable(), warmth: z.string().nullable() });

export function addOperationRoutes(app: App, { jobs, models }: Context): void {
  app.get(
    "/health",
    {
      schema: { tags, summary: "whether the server answers", response: { 200: z.object({ status: z.literal("ok") }) } },
    },
    () => ({ status: "ok" as const }),
  );

  app.get(
    "/ready",
    {
      schema: {
        tags,
        summary: "whether a job that is asked for now would be kept, and a worker is there for it",
        response: {
          200: z.object({
            status: z.literal("ready"),
            queued: z.int(),
            running: z.int(),
            workers: z.array(workerSchema),
          }),
          503: errorBodySchema,
        },
      },
    },
    async (_request, reply) => {
      const [queued, running] = [jobs.store.jobs.count("images", "queued"), jobs.store.jobs.count("images", "running")];
      const workers = jobs
        .workers()
        .map(({ name, job, warmth }) => ({ name, job: job ?? null, warmth: warmth ?? null }));
      if (workers.length === 0) {
        return reply.code(503).send(errorBody("no worker is there", 503, "no_worker"));
      }
      return reply.send({ status: "ready" as const, queued, running, workers });
    },
  );

  app.get(
    "/version",
    {
      schema: {
        tags,
        summary: "which version it is",
        response: { 200: z.object({ name: z.string(), version: z.string(), node: z.string(), model: z.string() }) },
      },
    },
    () => ({ name: "kandinsky3", version: packageVersion(), node: process.version, model: models.defaultId }),
  );
}
