/** `/v1/models`: what a job may name. */
import { z } from "zod";
import { partSchema } from "../../jobs/models/describe.js";
import { Descriptions } from "../../jobs/models/descriptions.js";
import { type ServedModel, UnknownModelError } from "../../jobs/models/served-models.js";
import { availableMemory } from "../../planning/available-memory.js";
import type { App, Context } from "../context.js";

const tags = ["models"];
const modelSchema = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  source: z.enum(["bundled", "folder", "cache"]),
  bytes: z.number().nullable().describe("of its files"),
  default: z.boolean().describe("whether it is taken where none is named"),
  parts: z.array(partSchema).nullable(),
  size: z.string().nullable().describe("of its images, where none is asked for"),
  memory_bytes: z.number().nullable().describe("that an image of this size takes at most"),
  fits: z.boolean().nullable().describe("whether the server's machine has as much free at the moment"),
  known_words: z.array(z.string()).nullable().describe("all that it was taught, where those are few"),
  problem: z.string().nullable().describe("why it cannot be used, where it cannot"),
});
type ModelView = z.output<typeof modelSchema>;

/** Clients want a time; when a model was made is written nowhere, so it is when the server began to offer it. */
const OFFERED_SINCE = Math.floor(Date.now() / 1000);

export function addModelRoutes(app: App, { models, desk }: Context): void {
  const descriptions = new Descriptions(models, desk);
  const view = async (model: ServedModel): Promise<ModelView> => {
    const { id, source, bytes } = model;
    const described = await descriptions.of(model);
    const known = "problem" in described ? undefined : described;
    return {
      id,
      object: "model",
      created: OFFERED_SINCE,
      owned_by: id.includes("/") ? (id.split("/")[0] ?? "") : "kandinsky3",
      source,
      bytes: bytes ?? known?.parts.reduce((sum, part) => sum + part.bytes, 0) ?? null,
      default: id === models.defaultId,
      parts: known?.parts ?? null,
      size: known?.size ?? null,
      memory_bytes: known?.memory_bytes ?? null,
      fits: known === undefined ? null : known.memory_bytes <= availableMemory(),
      known_words: known?.known_words ?? null,
      problem: "problem" in described ? described.problem : null,
    };
  };

  app.get(
    "/v1/models",
    {
      schema: {
        tags,
        summary: "the models that are here",
        response: { 200: z.object({ object: z.literal("list"), data: z.array(modelSchema) }) },
      },
    },
    async () => ({ object: "list" as const, data: await Promise.all((await models.list()).map(view)) }),
  );

  const one = async (name: string): Promise<ModelView> => {
    const id = await models.find(name);
    const model = (await models.list()).find((candidate) => candidate.id === id.replace(/@.*$/, ""));
    if (model === undefined) {
      throw new UnknownModelError(`the model ${JSON.stringify(id)} is not here`);
    }
    return view(model);
  };
  const response = { 200: modelSchema };

  app.get(
    "/v1/models/:id",
    { schema: { tags, summary: "one model", params: z.object({ id: z.string() }), response } },
    (request) => one(request.params.id),
  );

  // A name on the Hub has a slash of its own, which clients write as it is.
  app.get(
    "/v1/models/:organisation/:name",
    {
      schema: {
        tags,
        summary: "one model of the Hub",
        params: z.object({ organisation: z.string(), name: z.string() }),
        response,
      },
    },
    (request) => one(`${request.params.organisation}/${request.params.name}`),
  );
}
