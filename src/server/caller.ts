/** Who sent a request, as far as it matters. */
import type { FastifyRequest } from "fastify";
import { KandinskyError } from "../errors.js";

export interface Caller {
  /** The id of an API key; `""` where none is asked for. Jobs and pictures belong to it. */
  readonly owner: string;
  /** Whether it may look after models, keys and the jobs of others. */
  readonly admin: boolean;
}

/** Says who sent a request. Throws `UnauthorizedError` where nobody may without a key. */
export type Authenticate = (request: Pick<FastifyRequest, "headers" | "ip">) => Caller | Promise<Caller>;

/** No key, or one that is not known. */
export class UnauthorizedError extends KandinskyError {
  override readonly code = "unauthorized";
}

/** The key is known and may not do this. */
export class ForbiddenError extends KandinskyError {
  override readonly code = "forbidden";
}

/** There is nothing of that name, or it is another's. */
export class NotFoundError extends KandinskyError {
  override readonly code = "not_found";
}

/** Without keys everybody who reaches the server is its owner. */
export const everybody: Authenticate = () => ({ owner: "", admin: true });

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
  }
}
