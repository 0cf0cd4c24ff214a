/** `/v1/jobs`: asked for now, looked at later. */
import { z } from "zod";
import type { JsonObject } from "../../image/metadata/metadata.js";
import { jobFieldsSchema } from "../../jobs/fields/field-table.js";
import { type Job, JOB_STATUSES } from "../../jobs/job.js";
import { type Caller, NotFoundError } from "../caller.js";
import { type App, baseOf, type Context, idempotencyKeyOf } from "../context.js";
import { whenGone } from "../gone.js";
import { objectOf } from "../intake/body.js";
import { submit } from "../intake/submit.js";
import { jobSchema, viewOf } from "../job-view.js";
import { EventStream } from "../sse.js";
import { textOf } from "../text-answer.js";

const MOST_LISTED = 200;
const tags = ["jobs"];
const idParams = z.object({ id: z.string() });

export function addJobRoutes(app: App, context: Context): void {
  const { jobs } = context;

  app.post(
    "/v1/jobs",
    { schema: { tags, summary: "ask for images", body: jobFieldsSchema, response: { 202: jobSchema } } },
    async (request, reply) => {
      const job = await submit(context, objectOf(request.body), {
        caller: request.caller,
        requestId: request.id,
        idempotencyKey: idempotencyKeyOf(request),
      });
      return reply.code(202).send(viewOf(jobs, job, baseOf(context, request)));
    },
  );

  app.get(
    "/v1/jobs",
    {
      schema: {
        tags,
        summary: "the newest jobs first",
        querystring: z.object({
          status: z.enum(JOB_STATUSES).optional(),
          limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(20),
          after: z.string().optional().describe("a job's id: those that are older"),
        }),
        response: { 200: z.object({ data: z.array(jobSchema), has_more: z.boolean() }) },
      },
    },
    (request) => {
      const { status, limit, after } = request.query;
      const { owner, admin } = request.caller;
      const found = jobs.list({ status, limit, after, owner: admin ? undefined : owner });
      const base = baseOf(context, request);
      return { data: found.jobs.map((job) => viewOf(jobs, job, base)), has_more: found.hasMore };
    },
  );

  app.get(
    "/v1/jobs/:id",
    { schema: { tags, summary: "one job", params: idParams, response: { 200: jobSchema } } },
    (request) => viewOf(jobs, jobFor(context, request.caller, request.params.id), baseOf(context, request)),
  );

  app.get(
    "/v1/jobs/:id/events",
    {
      schema: {
        tags,
        summary: "what happens to a job, as server-sent events",
        params: idParams,
        response: { 200: textOf("text/event-stream") },
      },
    },
    async (request, reply) => {
      const job = jobFor(context, request.caller, request.params.id);
      const after = lastEventId(request.headers["last-event-id"]);
      const base = baseOf(context, request);
      const gone = whenGone(reply);
      const stream = new EventStream(reply);
      for await (const { id, type, data } of jobs.watch(job.id, after, gone)) {
        const now = jobs.get(job.id);
        // What came of it is told whole; what it was on the way may have changed since.
        const whole = now === undefined || !isTerminal(type) ? {} : { job: viewOf(jobs, now, base) };
        await stream.send({ id, type, data: { type, id: job.id, ...data, ...(whole as JsonObject) } });
      }
      stream.end();
    },
  );

  app.post(
    "/v1/jobs/:id/cancel",
    {
      schema: {
        tags,
        summary: "take it out of the queue, or stop it after its step",
        params: idParams,
        response: { 200: jobSchema },
      },
    },
    async (request) => {
      const { id } = jobFor(context, request.caller, request.params.id);
      const job = (await jobs.cancel(id)) ?? jobFor(context, request.caller, id);
      return viewOf(jobs, job, baseOf(context, request));
    },
  );

  app.delete(
    "/v1/jobs/:id",
    {
      schema: {
        tags,
        summary: "remove it and its images; what has not ended is cancelled",
        params: idParams,
        response: { 200: z.object({ id: z.string(), deleted: z.literal(true) }) },
      },
    },
    async (request) => {
      const { id } = jobFor(context, request.caller, request.params.id);
      await jobs.remove(id);
      return { id, deleted: true as const };
    },
  );
}

/** A job of the caller's; an admin sees those of all. Throws `NotFoundError`. */
export function jobFor({ jobs }: Context, { owner, admin }: Caller, id: string): Job {
  const job = jobs.get(id);
  if (job === undefined || (!admin && job.owner !== owner)) {
    throw new NotFoundError(`there is no job ${JSON.stringify(id)}`);
  }
  return job;
}

function isTerminal(type: string): boolean {
  return type === "job.completed" || type === "job.failed" || type === "job.cancelled";
}

function lastEventId(header: string | string[] | undefined): number {
  const id = Number(Array.isArray(header) ? header[0] : (header ?? 0));
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}
