/** What travels and what stays while the U-Net runs step after step. */
import { describe, expect, it } from "vitest";
import { Denoiser } from "../../src/engine/components/denoiser.js";
import { openModelComponents } from "../../src/loading/model-components.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { Workplace } from "../../src/engine/residency/workplace.js";
import { tensor } from "../../src/tensor/tensor.js";
import { TINY, waves } from "../support/tiny-networks.js";

const TIMESTEPS = Int32Array.of(960, 720, 480, 240, 0);
const TOKENS = 5;

describe.each([1, 2])("a denoiser that runs its inner levels in one of %d steps", (reuseFeatures) => {
  it("sends a sample and gets a prediction, whatever the texts are; nothing piles up", async () => {
    const { unets } = await openModelComponents(TINY, undefined);
    const unet = unets.get("unet") ?? expect.fail("no U-Net");
    await using engine = InferenceProcess.start({ threads: 1 });
    const texts = {
      embeds: waves([2, TOKENS, unet.config.encoder_hid_dim]),
      mask: tensor([2, TOKENS], new Float32Array(2 * TOKENS).fill(1)),
    };
    const { denoiser, conditionings } = await Denoiser.open(
      new Workplace(engine, false),
      unet,
      { height: 8, width: 8 },
      TIMESTEPS,
      {
        texts,
        form: "encoder_hidden_states",
        reuseFeatures,
      },
    );
    const sample = waves([1, unet.config.in_channels, 8, 8]);
    const held: number[] = [];
    for (const step of TIMESTEPS.keys()) {
      const before = engine.transferredBytes;
      const passes = conditionings.map((conditioning, slot) => ({ sample, conditioning, slot }));
      const predictions = await denoiser.predict(passes, step);
      const after = engine.transferredBytes;
      expect(after.sent - before.sent).toBe(passes.length * sample.data.byteLength);
      expect(after.received - before.received).toBe(predictions.reduce((sum, { data }) => sum + data.byteLength, 0));
      held.push(engine.heldTensors);
    }
    expect(new Set(held).size).toBe(1);
  });
});
