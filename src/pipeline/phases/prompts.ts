/** The first phase: prompts to the text encoder's states. */
import { type Tensor } from "../../tensor/tensor.js";
import { PromptCache } from "./prompt-cache.js";
import type { GenerationEvent } from "../events.js";
import { promptRows } from "../plan/guided-prompts.js";
import { originalPromptRows } from "../plan/original-prompts.js";
import { encodePromptTokens } from "../../engine/components/prompt-embeds.js";
import { rememberEncoder, weightsOf } from "../../loading/text-encoder.js";
import { phase, type Run } from "./phase.js";

/** Texts to the encoder's states, from the disk where they were embedded before. */
export async function* encodePrompts(run: Run): AsyncGenerator<GenerationEvent, readonly Tensor[]> {
  const { model, request: plan, inputs } = run;
  const { textEncoder, folder } = model.parts;
  const rows = (plan.originalPrompts ? originalPromptRows : promptRows)(plan);
  if (rows.length === 0) {
    return [];
  }
  const dtype = run.precision.text_encoder;
  const cache =
    model.prompts === undefined
      ? undefined
      : new PromptCache(model.prompts, `${await textEncoder.fingerprint()} ${dtype}`, textEncoder.width, model.onNote);
  const kept = await cache?.read(rows);
  if (kept !== undefined) {
    return kept;
  }
  const encoder = weightsOf(textEncoder);
  const states = yield* phase("text_encoder", run, { source: encoder.source, dtype }, async (place) =>
    encodePromptTokens(
      place,
      await model.weights.ready(encoder, dtype, inputs.signal),
      rows,
      run.memory?.textStages.maxStageBytes,
    ),
  );
  await cache?.write(rows, states);
  if (model.prompts !== undefined) {
    await rememberEncoder(model.prompts, { path: folder.path, variant: model.variant }, textEncoder);
  }
  return states;
}
