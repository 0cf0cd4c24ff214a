/** `/sdapi/v1/txt2img` and `img2img`: asked and waited for. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AbortedError } from "../../../errors.js";
import { readMetadata, type JsonObject } from "../../../image/metadata/metadata.js";
import type { Job } from "../../../jobs/job.js";
import { type App, type Context, idempotencyKeyOf } from "../../context.js";
import { answerToFailure } from "../../errors.js";
import { cancelsWhenGone } from "../../gone.js";
import { submit } from "../../intake/submit.js";
import { base64Of } from "../../picture-bytes.js";
import { objectOf } from "../../intake/body.js";
import type { ChosenModels } from "./chosen-models.js";
import { currentImage } from "./progress.js";
import { type A1111Request, imageToImageSchema, readA1111, textToImageSchema } from "./request.js";

const tags = ["A1111"];
const response = {
  200: z.object({
    images: z.array(z.string()).describe("base64"),
    parameters: z.record(z.string(), z.unknown()),
    info: z.string().describe("JSON: seeds, infotexts, and the request in both conventions of guidance"),
  }),
};

export function addGenerateRoutes(app: App, context: Context, chosen: ChosenModels): void {
  app.post(
    "/sdapi/v1/txt2img",
    { schema: { tags, summary: "images from a prompt", body: textToImageSchema, response } },
    async (request, reply) => {
      await paint(request, reply, false);
      return reply;
    },
  );
  app.post(
    "/sdapi/v1/img2img",
    {
      schema: {
        tags,
        summary: "a picture changed, or repainted where a mask is white",
        body: imageToImageSchema,
        response,
      },
    },
    async (request, reply) => {
      await paint(request, reply, true);
      return reply;
    },
  );

  async function paint(request: FastifyRequest, reply: FastifyReply, edits: boolean): Promise<void> {
    const { caller } = request;
    const sent = objectOf(request.body);
    const asked = readA1111(sent, edits, chosen.of(caller.owner));
    const job = await submit(context, asked.fields, {
      caller,
      requestId: request.id,
      idempotencyKey: idempotencyKeyOf(request),
      warnings: asked.warnings,
    });
    const gone = cancelsWhenGone(context, reply, job.id, false);
    const ended = await context.jobs.ended(job.id, gone);
    if (!gone.aborted) {
      await answer(reply, ended, asked, withoutPictures(sent));
    }
  }

  async function answer(
    reply: FastifyReply,
    job: Job | undefined,
    { sendsImages }: A1111Request,
    parameters: JsonObject,
  ): Promise<void> {
    if (job?.error !== undefined) {
      const { status, body } = answerToFailure(job.error);
      await reply.code(status).send(body);
      return;
    }
    if (job === undefined) {
      throw new AbortedError("the job was removed");
    }
    // Who interrupts gets what there is, as there.
    const stopped = job.status === "cancelled" ? await currentImage(context, job) : undefined;
    const images = await Promise.all(job.images.map((picture) => base64Of(context, picture)));
    const shown = stopped === undefined ? images : [stopped];
    await reply.send({
      images: sendsImages ? shown : [],
      parameters: { ...parameters },
      info: JSON.stringify(infoOf(job, images)),
    });
  }
}

/** What the plug-ins read of it: the seeds, the texts, and the size. */
function infoOf(job: Job, images: readonly string[]): JsonObject {
  const { settings = {}, fields, notes, status } = job;
  const seeds = job.images.map(({ seed }) => Number(seed ?? -1));
  const texts = images.map((image) => readMetadata(Buffer.from(image, "base64")).parameters ?? "");
  const guidance = settings["guidanceScale"] ?? fields["guidance_scale"];
  return {
    prompt: fields["prompt"] ?? "",
    all_prompts: seeds.map(() => fields["prompt"] ?? ""),
    negative_prompt: fields["negative_prompt"] ?? "",
    seed: seeds[0] ?? -1,
    all_seeds: seeds,
    width: job.images[0]?.width ?? 0,
    height: job.images[0]?.height ?? 0,
    steps: settings["steps"] ?? fields["steps"] ?? null,
    ...(typeof guidance === "number" ? { cfg_scale: guidance + 1, guidance_scale: guidance } : {}),
    sd_model_name: fields["model"] ?? "",
    infotexts: texts,
    job: job.id,
    interrupted: status === "cancelled",
    warnings: [...notes],
  };
}

/** As sent, without what is large. */
function withoutPictures(sent: JsonObject): JsonObject {
  const { init_images: _images, mask: _mask, ...rest } = sent;
  return rest;
}
