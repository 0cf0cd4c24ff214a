/** The HTTP server: everything that a request passes through, and the routes. What a job is and becomes is decided in `jobs/`. */
import { randomUUID } from "node:crypto";
import multipart from "@fastify/multipart";
import fastify, { type FastifyBaseLogger } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { jobFieldsSchema } from "../jobs/fields/field-table.js";
import type { z } from "zod";
import { type Authenticate, everybody, NotFoundError } from "./caller.js";
import type { App, Context } from "./context.js";
import { addDocument } from "./document.js";
import { errorBodySchema, sendError } from "./errors.js";
import { MAX_PICTURE_BYTES } from "./intake/take-picture.js";
import type { WebRule } from "../net/fetch-image.js";
import type { Metrics } from "./metrics.js";
import { addPage, type IsPageRoute } from "./page.js";
import { addA1111Routes } from "./routes/a1111/routes.js";
import { imageToImageSchema, textToImageSchema } from "./routes/a1111/request.js";
import { addControlRoutes } from "./routes/control.js";
import { addImageRoutes } from "./routes/images.js";
import { addJobRoutes } from "./routes/jobs.js";
import { addModelCareRoutes } from "./routes/model-care.js";
import { addModelRoutes } from "./routes/models.js";
import { addOpenAIRoutes } from "./routes/openai/images.js";
import { editSchema, generationSchema, variationSchema } from "./routes/openai/request.js";
import { addOperationRoutes } from "./routes/operation.js";
import { addPlanRoutes } from "./routes/plan.js";
import { addSafety, type SafetyOptions } from "./safety.js";
import { Waiting } from "./waiting.js";

export interface AppOptions extends Omit<Context, "waiting" | "publicUrl" | "webImages">, Partial<SafetyOptions> {
  readonly publicUrl?: string | undefined;
  /** None when left out. */
  readonly webImages?: WebRule;
  /** Left out, whoever reaches the server may use it. */
  readonly authenticate?: Authenticate;
  readonly logger?: FastifyBaseLogger;
  readonly metrics?: Metrics;
  /** Ends the server in good order. */
  readonly stop?: () => void;
}

/** A picture in base64, its mask, and the fields beside them. */
const BODY_BYTES = 2 * Math.ceil((MAX_PICTURE_BYTES * 4) / 3) + 1024 ** 2;
/** A request has to be here whole by then; who sends a byte a second only holds a connection. */
const REQUEST_MS = 120_000;
/** Its headers even sooner. */
const HEADERS_MS = 15_000;
/** Bodies whose fields are those of a job. */
const FIELDS = new Set<z.ZodType>([
  jobFieldsSchema,
  generationSchema,
  editSchema,
  variationSchema,
  textToImageSchema,
  imageToImageSchema,
]);
/** What may be asked without a key: whether the server is there at all, and how it is used. */
const OPEN_PATHS = new Set(["/health", "/ready", "/version", "/openapi.json"]);

export async function buildApp(options: AppOptions): Promise<App> {
  const {
    jobs,
    models,
    desk,
    threads,
    webImages = "none",
    publicUrl,
    authenticate = everybody,
    allowedHosts = [],
    allowedOrigins = [],
  } = options;
  const app: App = fastify({
    ...(options.logger === undefined ? {} : { loggerInstance: options.logger }),
    genReqId: () => `req_${randomUUID()}`,
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: HEADERS_MS / 3 },
    forceCloseConnections: "idle",
  }).withTypeProvider<ZodTypeProvider>();
  // The fields of jobs are checked by their own room, which names unknown ones and speaks of what was sent.
  app.setValidatorCompiler<z.ZodType>((route) =>
    FIELDS.has(route.schema) ? (data: unknown) => ({ value: data }) : validatorCompiler(route),
  );
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request) => {
    throw new NotFoundError(`there is no ${request.method} ${JSON.stringify(request.url.split("?")[0] ?? "")} here`);
  });
  app.decorateRequest("caller");
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });
  await addSafety(app, { allowedHosts, allowedOrigins });
  let isPageRoute: IsPageRoute = () => false;
  app.addHook("onRequest", async (request) => {
    const { url } = request.routeOptions;
    const open = OPEN_PATHS.has(url ?? "") || isPageRoute(url) || request.url.startsWith("/docs");
    request.caller = open ? { owner: "", admin: false } : await authenticate(request);
  });
  await app.register(multipart, {
    limits: { fileSize: MAX_PICTURE_BYTES, files: 17, fields: 100, fieldSize: 1024 ** 2 },
  });
  app.addHook("onRoute", (route) => {
    // Any request may be refused, or meet a fault.
    const failures = { "4xx": errorBodySchema, "5xx": errorBodySchema };
    route.schema = { ...route.schema, response: { ...failures, ...(route.schema?.response as object | undefined) } };
  });
  await addDocument(app);
  isPageRoute = await addPage(app);
  const context: Context = { jobs, models, desk, threads, webImages, publicUrl, waiting: new Waiting() };
  options.metrics?.watch(jobs);
  addControlRoutes(app, options.metrics, options.stop);
  addOperationRoutes(app, context);
  addModelRoutes(app, context);
  addModelCareRoutes(app, context);
  addPlanRoutes(app, context);
  addJobRoutes(app, context);
  addImageRoutes(app, context);
  addOpenAIRoutes(app, context);
  await addA1111Routes(app, context);
  return app;
}
