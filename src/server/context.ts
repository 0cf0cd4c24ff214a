/** What the routes work with. */
import type {} from "@fastify/multipart";
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Jobs } from "../jobs/jobs.js";
import type { ModelDesk } from "../jobs/models/model-desk.js";
import type { ServedModels } from "../jobs/models/served-models.js";
import type { WebRule } from "../net/fetch-image.js";
import type { Waiting } from "./waiting.js";

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface Context {
  readonly jobs: Jobs;
  readonly models: ServedModels;
  readonly desk: ModelDesk;
  /** That workers of this machine use; the machine's own when left out. */
  readonly threads?: number | undefined;
  readonly waiting: Waiting;
  /** Whether pictures that requests name by their addresses are fetched, and from whom. */
  readonly webImages: WebRule;
  /** How clients reach the server, where a proxy stands before it; left out, as they say in their requests. */
  readonly publicUrl: string | undefined;
}

/** What addresses in answers begin with. */
export function baseOf({ publicUrl }: Context, request: FastifyRequest): string {
  return publicUrl ?? `${request.protocol}://${request.host}`;
}

/** The header that makes a repeated request one. */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers["idempotency-key"];
  return Array.isArray(key) ? key[0] : key;
}
