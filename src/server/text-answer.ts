/** Answers that are no JSON, as the document names them. */
import { z } from "zod";

export interface TextAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodString }>>;
}

export function textOf(mime: string): TextAnswer {
  return { description: mime, content: { [mime]: { schema: z.string() } } };
}
