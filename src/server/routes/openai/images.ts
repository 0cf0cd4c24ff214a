/** `/v1/images/generations`, `/v1/images/edits` and `/v1/images/variations`, as clients of the images API send them. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { UsageError } from "../../../errors.js";
import type { JsonObject } from "../../../image/metadata/metadata.js";
import { type App, type Context, idempotencyKeyOf } from "../../context.js";
import { submit } from "../../intake/submit.js";
import { objectOf } from "../../intake/body.js";
import { answerWith, type EventFamily, imagesResponseSchema } from "./answer.js";
import { editFields, variationFields } from "./edits.js";
import { readForm } from "./form.js";
import { editSchema, generationSchema, readRequest, variationSchema } from "./request.js";

const tags = ["images API"];
const response = { 200: imagesResponseSchema } as const;

export function addOpenAIRoutes(app: App, context: Context): void {
  const paint = async (
    request: FastifyRequest,
    reply: FastifyReply,
    body: JsonObject,
    family: EventFamily,
    notes: readonly string[] = [],
  ): Promise<void> => {
    const { fields, manner } = readRequest(body);
    const job = await submit(context, fields, {
      caller: request.caller,
      requestId: request.id,
      idempotencyKey: idempotencyKeyOf(request),
      warnings: [...notes, ...manner.warnings],
    });
    await answerWith(context, request, reply, { job, manner, family });
  };

  app.post(
    "/v1/images/generations",
    { schema: { tags, summary: "images from a prompt", body: generationSchema, response } },
    async (request, reply) => {
      const body = objectOf(request.body);
      requirePrompt(body);
      await paint(request, reply, body, "image_generation");
      return reply;
    },
  );

  app.post(
    "/v1/images/edits",
    {
      schema: {
        tags,
        summary: "a picture changed: as a whole, or where a mask is transparent",
        consumes: ["multipart/form-data", "application/json"],
        body: editSchema,
        response,
      },
    },
    async (request, reply) => {
      const form = request.isMultipart() ? await readForm(request) : { fields: objectOf(request.body), files: [] };
      requirePrompt(form.fields);
      const { fields, warnings } = await editFields(context, request.caller.owner, form);
      await paint(request, reply, fields, "image_edit", warnings);
      return reply;
    },
  );

  app.post(
    "/v1/images/variations",
    {
      schema: {
        tags,
        summary: "a picture made again in part, without a prompt",
        consumes: ["multipart/form-data"],
        body: variationSchema,
        response,
      },
    },
    async (request, reply) => {
      if (!request.isMultipart()) {
        throw new UsageError("the body: expected multipart/form-data with a file named image", { options: ["image"] });
      }
      const fields = await variationFields(context, request.caller.owner, await readForm(request));
      await paint(request, reply, fields, "image_edit");
      return reply;
    },
  );
}

function requirePrompt({ prompt }: JsonObject): void {
  if (typeof prompt !== "string") {
    throw UsageError.of("prompt", `expected a text, got ${JSON.stringify(prompt ?? null)}`);
  }
}
