/** Multipart requests: fields as the types that JSON would have given them, and files. */
import type { Multipart } from "@fastify/multipart";
import type { FastifyRequest } from "fastify";
import { UsageError } from "../../../errors.js";
import type { JsonObject, JsonValue } from "../../../image/metadata/metadata.js";

export interface FormFile {
  readonly field: string;
  readonly bytes: Uint8Array;
}

export interface Form {
  readonly fields: JsonObject;
  readonly files: readonly FormFile[];
}

/** Fields whose text stays a text, whatever it looks like. */
const TEXTS = new Set(["prompt", "negative_prompt", "model", "user", "size", "seed"]);

/** Throws `UsageError`, or the framework's own error for what is too large. */
export async function readForm(request: FastifyRequest): Promise<Form> {
  // A field may have any name, "__proto__" too.
  const fields = Object.create(null) as Record<string, JsonValue>;
  const files: FormFile[] = [];
  for await (const part of partsOf(request)) {
    if (part.type === "file") {
      files.push({ field: part.fieldname, bytes: await part.toBuffer() });
    } else if (typeof part.value === "string") {
      fields[part.fieldname] = TEXTS.has(part.fieldname) ? part.value : valueOf(part.value);
    } else {
      throw UsageError.of(part.fieldname, "expected a text or a file");
    }
  }
  return { fields, files };
}

/** What is no form at all is told by the parser without a status. */
async function* partsOf(request: FastifyRequest): AsyncGenerator<Multipart> {
  try {
    yield* request.parts();
  } catch (thrown) {
    throw thrown instanceof Error && !("statusCode" in thrown)
      ? new UsageError(`the body: cannot be read as multipart/form-data: ${thrown.message}`)
      : thrown;
  }
}

/** Forms know texts alone: numbers, yes and no, lists and objects are written as JSON. */
function valueOf(text: string): JsonValue {
  if (!/^(?:-?\d|true$|false$|null$|[[{])/.test(text)) {
    return text;
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
