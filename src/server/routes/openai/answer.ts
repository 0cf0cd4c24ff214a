/** The images API's answers: one body at the end, or a stream with previews. Reference: openai-node, resources/images.ts. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AbortedError } from "../../../errors.js";
import { readFields } from "../../../jobs/fields/job-fields.js";
import type { Job } from "../../../jobs/job.js";
import { NotFoundError } from "../../caller.js";
import { baseOf, type Context } from "../../context.js";
import { answerToFailure, errorBody } from "../../errors.js";
import { cancelsWhenGone } from "../../gone.js";
import { imageView } from "../../job-view.js";
import { base64Of, enlargedPreview } from "../../picture-bytes.js";
import { EventStream } from "../../sse.js";
import type { Manner } from "./request.js";

/** Nothing is billed here. */
const USAGE = {
  total_tokens: 0,
  input_tokens: 0,
  output_tokens: 0,
  input_tokens_details: { text_tokens: 0, image_tokens: 0 },
} as const;

export const imagesResponseSchema = z.looseObject({
  created: z.int(),
  data: z.array(z.looseObject({ b64_json: z.string().optional(), url: z.string().optional(), seed: z.string() })),
  output_format: z.string(),
  size: z.string(),
  background: z.string(),
  job: z.string().describe("the id of the job, as of /v1/jobs"),
  warnings: z.array(z.string()),
});

/** `image_generation` or `image_edit`. */
export type EventFamily = "image_generation" | "image_edit";

/** Waits for the job and answers. A client that goes away cancels it, unless it asked for the job to go on. */
export async function answerWith(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { job, manner, family }: { readonly job: Job; readonly manner: Manner; readonly family: EventFamily },
): Promise<void> {
  const { jobs } = context;
  const gone = cancelsWhenGone(context, reply, job.id, manner.detached);
  if (manner.streams) {
    await stream(context, reply, { job, manner, family, gone });
    return;
  }
  const ended = await jobs.ended(job.id, gone);
  if (gone.aborted) {
    return;
  }
  await sendEnd(context, request, reply, ended, manner);
}

async function sendEnd(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  job: Job | undefined,
  manner: Manner,
): Promise<void> {
  if (job?.error !== undefined) {
    const { status, body } = answerToFailure(job.error);
    await reply.code(status).send(body);
    return;
  }
  if (job?.status !== "completed") {
    throw job === undefined ? new NotFoundError("the job was removed") : new AbortedError("the job was cancelled");
  }
  const base = baseOf(context, request);
  const data = await Promise.all(
    job.images.map(async (picture) => ({
      ...(manner.responseFormat === "url"
        ? { url: imageView(picture, base).url }
        : { b64_json: await base64Of(context, picture) }),
      seed: picture.seed ?? "",
    })),
  );
  const warnings = [...job.notes];
  if (warnings.length > 0) {
    reply.header("x-kandinsky3-warnings", encodeURIComponent(warnings.join("; ")).slice(0, 4000));
  }
  await reply.send({
    created: Math.floor((job.completed ?? Date.now()) / 1000),
    data,
    ...describe(job),
    usage: USAGE,
    job: job.id,
    warnings,
  });
}

async function stream(
  context: Context,
  reply: FastifyReply,
  { job, manner, family, gone }: { job: Job; manner: Manner; family: EventFamily; gone: AbortSignal },
): Promise<void> {
  const { jobs } = context;
  const events = new EventStream(reply);
  let partials = 0;
  for await (const { type, data } of jobs.watch(job.id, 0, gone)) {
    const images = data["images"];
    if (type === "job.preview" && partials < manner.partialImages && Array.isArray(images)) {
      const now = jobs.get(job.id) ?? job;
      const [first] = images as readonly { readonly b64_json: string }[];
      await events.send({
        type: `${family}.partial_image`,
        data: {
          type: `${family}.partial_image`,
          b64_json: await enlargedPreview(first?.b64_json ?? "", now),
          partial_image_index: partials,
          created_at: Math.floor(Date.now() / 1000),
          ...describe(now),
        },
      });
      partials += 1;
    }
  }
  const ended = jobs.get(job.id);
  if (ended?.status === "completed") {
    for (const picture of ended.images) {
      await events.send({
        type: `${family}.completed`,
        data: {
          type: `${family}.completed`,
          b64_json: await base64Of(context, picture),
          created_at: Math.floor((ended.completed ?? Date.now()) / 1000),
          ...describe(ended),
          usage: USAGE,
          seed: picture.seed ?? "",
          job: ended.id,
          warnings: [...ended.notes],
        },
      });
    }
  } else if (!gone.aborted) {
    const failure =
      ended?.error === undefined
        ? errorBody("the job was cancelled", 499, "aborted")
        : answerToFailure(ended.error).body;
    await events.send({ type: "error", data: { type: "error", ...failure } });
  }
  events.end();
}

function describe({ images, settings, fields }: Job): {
  size: string;
  output_format: string;
  background: string;
  quality: string;
} {
  const [first] = images;
  const [width, height] = [first?.width ?? settings?.["width"], first?.height ?? settings?.["height"]];
  const { output_format: format, preset } = readFields(fields);
  return {
    size: typeof width === "number" && typeof height === "number" ? `${width}x${height}` : "auto",
    output_format: format,
    background: "opaque",
    quality: preset === "fast" ? "low" : preset === "balanced" ? "medium" : "high",
  };
}
