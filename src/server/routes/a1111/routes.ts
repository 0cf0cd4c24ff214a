/** A subset of the API of stable-diffusion-webui, for the plug-ins that speak it. Reference: modules/api/api.py. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App, Context } from "../../context.js";
import { z } from "zod";
import { type ErrorBody, errorBodySchema } from "../../errors.js";
import { ChosenModels } from "./chosen-models.js";
import { addGenerateRoutes } from "./generate.js";
import { addListRoutes } from "./lists.js";
import { addProgressRoutes } from "./progress.js";

const failure = errorBodySchema.extend({ detail: z.string(), body: z.string(), errors: z.string() });

export async function addA1111Routes(app: App, context: Context): Promise<void> {
  await app.register((scope: App, _options, done) => {
    const chosen = new ChosenModels();
    scope.addHook("onRoute", (route) => {
      route.schema = {
        ...route.schema,
        response: { ...(route.schema?.response as object), "4xx": failure, "5xx": failure },
      };
    });
    // Plug-ins show `detail`; ours is beside it.
    scope.addHook("preSerialization", (_request: FastifyRequest, reply: FastifyReply, payload: unknown, next) => {
      next(null, reply.statusCode < 400 ? payload : withDetail(payload as ErrorBody));
    });
    addGenerateRoutes(scope, context, chosen);
    addProgressRoutes(scope, context);
    addListRoutes(scope, context, chosen);
    done();
  });
}

function withDetail({ error }: ErrorBody): object {
  return { error, detail: error.message, body: "", errors: error.message };
}
