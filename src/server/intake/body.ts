/** A request's body as JSON, before anybody looks into it. */
import { UsageError } from "../../errors.js";
import type { JsonObject } from "../../image/metadata/metadata.js";

/** Whatever is nested deeper is no request of ours, and would exhaust the stack of whoever walks through it. */
const DEEPEST = 64;

/** What is in the object is checked by whoever reads it. Throws `UsageError`. */
export function objectOf(body: unknown): JsonObject {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new UsageError("the body: expected a JSON object");
  }
  requireShallow(body);
  return body as JsonObject;
}

function requireShallow(body: object): void {
  let level: object[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) {
      throw new UsageError(`the body: expected at most ${DEEPEST} levels of objects and lists`);
    }
    level = level.flatMap((one) =>
      Object.values(one).filter((value): value is object => typeof value === "object" && value !== null),
    );
  }
}
