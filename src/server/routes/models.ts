/** `/v1/models`: what a job may name. */
import { z } from "zod";
import type { ServedModel } from "../../jobs/models/served-models.js";
import { UnknownModelError } from "../../jobs/models/served-models.js";
import type { App, Context } from "../context.js";
import { errorBodySchema } from "../errors.js";

const tags = ["models"];
const modelSchema = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  source: z.enum(["bundled", "folder", "cache"]),
  bytes: z.int().nullable().describe("of its files in the cache"),
  default: z.boolean().describe("whether it is taken where none is named"),
});
const failures = { "4xx": errorBodySchema, "5xx": errorBodySchema } as const;

/** Clients want a time; when a model was made is written nowhere, so it is when the server began to offer it. */
const OFFERED_SINCE = Math.floor(Date.now() / 1000);

export function addModelRoutes(app: App, { models }: Context): void {
  const view = ({ id, source, bytes }: ServedModel): z.output<typeof modelSchema> => ({
    id,
    object: "model",
    created: OFFERED_SINCE,
    owned_by: id.includes("/") ? (id.split("/")[0] ?? "") : "kandinsky3",
    source,
    bytes: bytes ?? null,
    default: id === models.defaultId,
  });

  app.get(
    "/v1/models",
    {
      schema: {
        tags,
        summary: "the models that are here",
        response: { 200: z.object({ object: z.literal("list"), data: z.array(modelSchema) }), ...failures },
      },
    },
    async () => ({ object: "list" as const, data: (await models.list()).map(view) }),
  );

  const one = async (name: string): Promise<z.output<typeof modelSchema>> => {
    const id = await models.find(name);
    const model = (await models.list()).find((candidate) => candidate.id === id.replace(/@.*$/, ""));
    if (model === undefined) {
      throw new UnknownModelError(`the model ${JSON.stringify(id)} is not here`);
    }
    return view(model);
  };
  const response = { 200: modelSchema, ...failures };

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
