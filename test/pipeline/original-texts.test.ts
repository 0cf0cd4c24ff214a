/** Prompts laid out as the original repository does, against its goldens of kind `text_encoding`. */
import { describe, expect, test } from "vitest";
import { openModelComponents } from "../../src/loading/model-components.js";
import { layOutOriginalPrompts, originalPromptRows } from "../../src/pipeline/plan/original-prompts.js";
import { resolveRequest } from "../../src/pipeline/plan/resolve-request.js";
import { encodePromptTokens } from "../../src/engine/components/prompt-embeds.js";
import { weightsOf } from "../../src/loading/text-encoder.js";
import { Workplace } from "../../src/engine/residency/workplace.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { expectClose } from "../support/closeness.js";
import { type GoldenCase, original } from "../support/goldens.js";

interface Golden {
  readonly file: string;
  readonly tolerance: number;
}

interface TextCase extends GoldenCase {
  readonly model: string;
  readonly prompt: string;
  readonly negative_prompt: string | null;
  readonly files: { readonly context: Golden; readonly context_mask: string } & Partial<{
    readonly negative_context: Golden;
    readonly negative_context_mask: string;
  }>;
}

describe.each(original.cases<TextCase>("text_encoding"))(
  "$id",
  ({ model, prompt, negative_prompt: negative, files }) => {
    test("context and mask of both branches equal the reference", async () => {
      const parts = await openModelComponents(original.path(model), undefined);
      const plan = resolveRequest(parts, {
        prompt,
        negativePrompt: negative ?? undefined,
        seed: 0,
        width: 64,
        height: 64,
      });
      expect(plan.settings.sampler).toBe("original");
      const engine = InferenceProcess.start({});
      const place = new Workplace(engine, false);
      try {
        const states = await encodePromptTokens(place, weightsOf(parts.textEncoder), originalPromptRows(plan));
        const { text, other } = await layOutOriginalPrompts(place, plan, plan.unet, states);
        expectClose(text.embeds, original.tensor(files.context.file), files.context.tolerance, "context");
        expectClose(text.mask, original.tensor(files.context_mask), 0, "mask");
        if (files.negative_context !== undefined && files.negative_context_mask !== undefined) {
          const { file, tolerance } = files.negative_context;
          expectClose(other?.embeds ?? expect.fail("no other branch"), original.tensor(file), tolerance, "negative");
          expectClose(
            other?.mask ?? expect.fail("no other branch"),
            original.tensor(files.negative_context_mask),
            0,
            "negative mask",
          );
        } else {
          const width = plan.unet.config.cross_attention_dim;
          expect(other?.embeds.data.subarray(0, width)).toEqual(plan.unet.nullEmbedding?.data);
          expect(other?.embeds.data.subarray(width).every((value) => value === 0)).toBe(true);
          expect([...(other?.mask.data ?? [])]).toEqual([1, ...new Array<number>(text.mask.data.length - 1).fill(0)]);
        }
      } finally {
        await engine.close();
      }
    });
  },
);
