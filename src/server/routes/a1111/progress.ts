/** `/sdapi/v1/progress`, `interrupt` and `skip`: of the job of the caller that is at work, or else waits. */
import { z } from "zod";
import type { Job } from "../../../jobs/job.js";
import type { Caller } from "../../caller.js";
import type { App, Context } from "../../context.js";
import { enlargedPreview } from "../../picture-bytes.js";

const tags = ["A1111"];
const nothing = z.object({});
const progressSchema = z.object({
  progress: z.number().describe("0 to 1"),
  eta_relative: z.number().describe("seconds"),
  state: z.object({
    skipped: z.boolean(),
    interrupted: z.boolean(),
    stopping_generation: z.boolean(),
    job: z.string(),
    job_count: z.int(),
    job_timestamp: z.string(),
    job_no: z.int(),
    sampling_step: z.int(),
    sampling_steps: z.int(),
  }),
  current_image: z.string().nullable().describe("base64"),
  textinfo: z.string().nullable(),
});

export function addProgressRoutes(app: App, context: Context): void {
  const { jobs } = context;
  const current = ({ owner }: Caller): Job | undefined => {
    const own = (job: Job): boolean => job.owner === owner && job.type === "images";
    return jobs.store.jobs.running().find(own) ?? jobs.list({ status: "queued", owner, limit: 1 }).jobs.find(own);
  };

  app.get(
    "/sdapi/v1/progress",
    {
      schema: {
        tags,
        summary: "how far the current job is",
        querystring: z.object({ skip_current_image: z.string().optional() }),
        response: { 200: progressSchema },
      },
    },
    async (request) => {
      const job = current(request.caller);
      const { step = 0, steps = 0, secondsLeft = 0, phase } = job?.progress ?? {};
      const wantsImage = request.query.skip_current_image !== "true";
      return {
        // The steps are most of the time, and decoding follows them.
        progress: steps === 0 ? 0 : Math.min(0.99, step / steps),
        eta_relative: secondsLeft,
        state: {
          skipped: false,
          interrupted: false,
          stopping_generation: false,
          job: job?.id ?? "",
          job_count: job === undefined ? 0 : 1,
          job_timestamp: timestamp(job?.started ?? Date.now()),
          job_no: 0,
          sampling_step: step,
          sampling_steps: steps,
        },
        current_image: job !== undefined && wantsImage ? ((await currentImage(context, job)) ?? null) : null,
        textinfo: job === undefined ? null : (phase ?? job.status),
      };
    },
  );

  for (const [path, summary] of [
    ["/sdapi/v1/interrupt", "stop the current job after its step; it answers with what there is"],
    ["/sdapi/v1/skip", "as interrupt: the images of a job are made together"],
  ] as const) {
    app.post(path, { schema: { tags, summary, response: { 200: nothing } } }, async (request) => {
      const job = current(request.caller);
      if (job !== undefined) {
        await jobs.cancel(job.id);
      }
      return {};
    });
  }
}

/** The newest preview in the size of the image, in base64. */
export async function currentImage({ jobs }: Context, job: Job): Promise<string | undefined> {
  const images = jobs.store.events.last(job.id, "job.preview")?.data["images"];
  const [first] = (Array.isArray(images) ? images : []) as readonly { readonly b64_json: string }[];
  return first === undefined ? undefined : enlargedPreview(first.b64_json, job);
}

/** `20261231235959` */
function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\D/g, "").slice(0, 14);
}
