/** What is in a model that is here, and what it takes: from headers and configurations alone. */
import { z } from "zod";
import { summarize } from "../../inspect/summary.js";
import { readKnownWords } from "../../loading/known-words.js";
import { resolveModel } from "../../loading/resolve-model.js";
import { availableMemory } from "../../planning/available-memory.js";
import { UNMEASURED } from "../../planning/machine-speed.js";
import { readOutline } from "../../planning/model-outline.js";
import { planModel } from "../../planning/plan-model.js";

/** A part of a model, as it lies there. */
export const partSchema = z.object({
  name: z.string(),
  parameters: z.number(),
  bytes: z.number(),
  dtype: z.string().describe("what it is stored in: fp32, fp16, int8 and so on, the largest share first"),
});

export const descriptionSchema = z.object({
  parts: z.array(partSchema),
  size: z.string().describe("of its images, where none is asked for"),
  memory_bytes: z.number().describe("that an image of this size takes at most"),
  known_words: z.array(z.string()).nullable().describe("all that it was taught, where those are few"),
});
export type Description = z.output<typeof descriptionSchema>;

/** @param place as the library opens it. Throws what opening the model would throw. */
export async function describe(place: string): Promise<Description> {
  const { folder } = await resolveModel(place);
  const outline = await readOutline(folder, undefined);
  const words = await readKnownWords(folder);
  const { plan } = planModel(outline, {}, UNMEASURED, availableMemory());
  const networks = [
    ["text_encoder", outline.textEncoder] as const,
    ...[...outline.unets].map(([name, unet]) => [name, unet] as const),
    ["movq", outline.movq] as const,
  ];
  return {
    parts: networks.map(([name, { source }]) => {
      const { parameters, bytes, dtypes } = summarize(source);
      return { name, parameters, bytes, dtype: source.scheme ?? [...dtypes.keys()].join(", ") };
    }),
    size: `${plan.width}x${plan.height}`,
    memory_bytes: plan.peakBytes,
    known_words: words === undefined ? null : [...words],
  };
}
