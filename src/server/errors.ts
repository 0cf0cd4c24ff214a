/** Errors as clients of the images API expect them: `{"error": {"message", "type", "param", "code"}}`. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AbortedError, HubError, ImageError, InternalError, KandinskyError, UsageError } from "../errors.js";
import { fieldOf } from "../jobs/fields/job-fields.js";
import { ConflictError, FilteredError, LimitError, QueueFullError } from "../jobs/job-errors.js";
import type { JobError } from "../jobs/job.js";
import { UnknownModelError } from "../jobs/models/served-models.js";
import { StoreError } from "../jobs/store/database.js";
import { renameOptions } from "../text/rename-options.js";
import { ForbiddenError, NotFoundError, UnauthorizedError } from "./caller.js";

export const errorBodySchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});
export type ErrorBody = z.output<typeof errorBodySchema>;

interface Answer {
  readonly status: number;
  readonly body: ErrorBody;
  /** Seconds after which another try is worth it. */
  readonly retryAfter?: number | undefined;
}

/** Seconds until a data folder that is locked or full may be usable again. */
const STORE_RETRY_SECONDS = 5;

const STATUS: readonly (readonly [new (...rest: never[]) => KandinskyError, number])[] = [
  [UsageError, 400],
  [ImageError, 400],
  [FilteredError, 400],
  [UnauthorizedError, 401],
  [ForbiddenError, 403],
  [NotFoundError, 404],
  [UnknownModelError, 404],
  [ConflictError, 409],
  [QueueFullError, 429],
  [AbortedError, 499],
  [HubError, 502],
  [StoreError, 503],
];

/** What a failed job is answered with. */
const STATUS_OF_JOB: Readonly<Record<JobError["kind"], number>> = {
  invalid_request: 400,
  filtered: 400,
  limit: 403,
  model: 500,
  crashed: 500,
  failed: 500,
};

/** The status that belongs to an error, and what is said of it; of a fault of ours only that there was one. */
export function answerTo(thrown: unknown): Answer {
  if (thrown instanceof LimitError) {
    const { retryAfter } = thrown;
    return { status: retryAfter === undefined ? 403 : 429, body: bodyOf(thrown), retryAfter };
  }
  if (thrown instanceof KandinskyError && !(thrown instanceof InternalError)) {
    const status = STATUS.find(([kind]) => thrown instanceof kind)?.[1] ?? 500;
    const waits = thrown instanceof QueueFullError ? thrown.retryAfter : undefined;
    const retryAfter = thrown instanceof StoreError ? STORE_RETRY_SECONDS : waits;
    return { status, body: bodyOf(thrown), retryAfter };
  }
  const status = statusOf(thrown);
  if (status !== undefined && status < 500 && thrown instanceof Error) {
    return { status, body: errorBody(thrown.message, status, "code" in thrown ? String(thrown.code) : null) };
  }
  return { status: 500, body: errorBody("the server failed; its log says how", 500, "internal") };
}

/** The answer to a client that waits for a job which failed. */
export function answerToFailure({ kind, message, fields = [] }: JobError): Answer {
  const status = STATUS_OF_JOB[kind];
  return { status, body: errorBody(message, status, kind, fields[0] ?? null) };
}

/** The error handler of the whole server. */
export async function sendError(thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { status, body, retryAfter } = answerTo(thrown);
  if (status >= 500) {
    request.log.error({ err: thrown }, "request failed");
  }
  if (reply.raw.headersSent) {
    reply.raw.end();
    return;
  }
  if (retryAfter !== undefined) {
    reply.header("retry-after", String(Math.ceil(retryAfter)));
  }
  await reply.code(status).send(body);
}

/** What the images API calls the kinds of errors. */
export function errorBody(
  message: string,
  status: number,
  code: string | null,
  param: string | null = null,
): ErrorBody {
  const type =
    status === 401
      ? "authentication_error"
      : status === 403
        ? "permission_error"
        : status === 429
          ? "rate_limit_error"
          : status >= 500
            ? "server_error"
            : "invalid_request_error";
  return { error: { message, type, param, code } };
}

function bodyOf(thrown: KandinskyError): ErrorBody {
  const [option] = thrown.options;
  const status = STATUS.find(([kind]) => thrown instanceof kind)?.[1] ?? (thrown instanceof LimitError ? 403 : 500);
  const message = renameOptions(thrown.message, thrown.options, fieldOf);
  return errorBody(message, status, thrown.code, option === undefined ? null : (fieldOf(option) ?? option));
}

/** Of the framework's own errors: a body that is no JSON, or too large. */
function statusOf(thrown: unknown): number | undefined {
  return typeof thrown === "object" &&
    thrown !== null &&
    "statusCode" in thrown &&
    typeof thrown.statusCode === "number"
    ? thrown.statusCode
    : undefined;
}
