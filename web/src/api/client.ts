/** Requests to the server that the page came from. */
import createClient from "openapi-fetch";
import { authorization, markRefused } from "./key";
import type { paths } from "./schema";

/** The server refuses; the message is its own. */
export class RefusedError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** `fetch` with the key of whoever is signed in. Throws `RefusedError`, or a `TypeError` where no server answers. */
export async function authorizedFetch(request: Request): Promise<Response> {
  for (const [name, value] of Object.entries(authorization())) {
    request.headers.set(name, value);
  }
  const response = await fetch(request);
  if (response.ok) {
    return response;
  }
  if (response.status === 401) {
    markRefused();
  }
  throw new RefusedError(messageIn(await response.json().catch(() => undefined)), response.status);
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorizedFetch });

/** The body of an answer; refusals have been thrown before. */
export async function bodyOf<Body>(answer: Promise<{ readonly data?: Body }>): Promise<Body> {
  const { data } = await answer;
  if (data === undefined) {
    throw new TypeError("the answer has no body");
  }
  return data;
}

/** Whether nobody answered at all. */
export function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof TypeError;
}

function messageIn(body: unknown): string {
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : "refused";
}
