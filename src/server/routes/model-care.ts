/** Looking after the models: fetched, verified, removed; from this machine, or with an admin key. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { CacheLayout } from "../../hub/cache/cache-layout.js";
import { removeModel } from "../../hub/cache/remove-model.js";
import { hubEnvironment } from "../../hub/environment.js";
import { ConflictError } from "../../jobs/job-errors.js";
import { pullFieldsSchema } from "../../jobs/models/pull-fields.js";
import { addressOf, requireAddress, type RepositoryAddress } from "../../loading/resolve-model.js";
import { type Caller, ForbiddenError, NotFoundError } from "../caller.js";
import { type App, baseOf, type Context, idempotencyKeyOf } from "../context.js";
import { whenGone } from "../gone.js";
import { jobSchema, viewOf } from "../job-view.js";

const tags = ["models"];
const verificationSchema = z.object({
  id: z.string(),
  right: z.boolean().describe("whether every file is"),
  files: z.array(z.object({ path: z.string(), size: z.number(), state: z.enum(["right", "wrong", "missing"]) })),
});
const removalSchema = z.object({ id: z.string(), deleted: z.literal(true), freed_bytes: z.number() });
const nameParams = z.object({ organisation: z.string(), name: z.string() });

export function addModelCareRoutes(app: App, context: Context): void {
  const { jobs, models, desk } = context;

  app.post(
    "/v1/models/pull",
    {
      schema: {
        tags,
        summary: "fetch a model from the Hub, or what is still missing of it",
        body: pullFieldsSchema,
        response: { 202: jobSchema },
      },
    },
    async (request, reply) => {
      requireAdmin(request.caller);
      const { model, revision: given, variant } = request.body;
      const { repository, revision } = requireAddress(model, given);
      const job = await jobs.submit({
        type: "pull",
        owner: request.caller.owner,
        fields: {
          model: repository,
          ...(revision === undefined ? {} : { revision }),
          ...(variant === undefined ? {} : { variant }),
        },
        warmth: "",
        requestId: request.id,
        idempotencyKey: idempotencyKeyOf(request),
      });
      return reply.code(202).send(viewOf(jobs, job, baseOf(context, request)));
    },
  );

  const verify = async (
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
  ): Promise<z.output<typeof verificationSchema>> => {
    requireAdmin(request.caller);
    const { repository, revision } = await cached(name);
    const { files } = await desk.run("verify", { repository, revision }, { signal: whenGone(reply) });
    return { id: repository, right: files.every(({ state }) => state === "right"), files: [...files] };
  };
  const remove = async (request: FastifyRequest, name: string): Promise<z.output<typeof removalSchema>> => {
    requireAdmin(request.caller);
    const { repository, revision } = await cached(name);
    const needed = jobs.open().some(({ fields }) => isOf(fields["model"], repository));
    if (needed) {
      throw new ConflictError(`a job needs ${repository}; it can be removed once that has ended`);
    }
    const layout = new CacheLayout(hubEnvironment().cacheFolder, repository);
    const { freedBytes } = await removeModel(layout, { revision });
    return { id: repository, deleted: true, freed_bytes: freedBytes };
  };

  /** Of the cache alone: neither the bundled model nor an operator's folder is to be touched. */
  async function cached(name: string): Promise<RepositoryAddress> {
    const address = addressOf(name);
    const here = (await models.list()).filter(({ source }) => source === "cache");
    if (address === undefined || !here.some(({ id }) => id === address.repository)) {
      throw new NotFoundError(`there is no model ${JSON.stringify(name)} in the cache`);
    }
    return address;
  }

  const verification = { tags, summary: "read a model again and compare every file with its hash" };
  const removal = { tags, summary: "take a model out of the cache" };
  const verified = { 200: verificationSchema };
  const removed = { 200: removalSchema };
  // A name on the Hub has a slash, which clients write as it is, or as %2F.
  app.post(
    "/v1/models/:id/verify",
    { schema: { ...verification, params: z.object({ id: z.string() }), response: verified } },
    (request, reply) => verify(request, reply, request.params.id),
  );
  app.post(
    "/v1/models/:organisation/:name/verify",
    { schema: { ...verification, params: nameParams, response: verified } },
    (request, reply) => verify(request, reply, `${request.params.organisation}/${request.params.name}`),
  );
  app.delete(
    "/v1/models/:id",
    { schema: { ...removal, params: z.object({ id: z.string() }), response: removed } },
    (request) => remove(request, request.params.id),
  );
  app.delete(
    "/v1/models/:organisation/:name",
    { schema: { ...removal, params: nameParams, response: removed } },
    (request) => remove(request, `${request.params.organisation}/${request.params.name}`),
  );
}

/** A job's model may have a revision behind its name. */
function isOf(model: unknown, repository: string): boolean {
  return typeof model === "string" && model.replace(/@.*$/, "") === repository;
}

function requireAdmin({ admin }: Caller): void {
  if (!admin) {
    throw new ForbiddenError("looking after models needs an admin key");
  }
}
