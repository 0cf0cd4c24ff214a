/** The emitted networks as text: a change of what is computed shows in review. */
import { expect, test } from "vitest";
import { printProgram } from "../../src/graph/print.js";
import type { Program } from "../../src/graph/program.js";
import { movqDecoder } from "../../src/models/movq/decoder.js";
import { movqEncoder } from "../../src/models/movq/encoder.js";
import { quantize } from "../../src/models/movq/quantizer.js";
import { denoiser, movq, textEncoder } from "../support/tiny-networks.js";

async function expectSnapshot(program: Program, name: string): Promise<void> {
  await expect(`${printProgram(program)}\n`).toMatchFileSnapshot(`snapshots/${name}.txt`);
}

test.each(["gated-silu", "gated-gelu"] as const)("text encoder, %s", async (activation) => {
  await expectSnapshot((await textEncoder(activation)).program, `text-encoder-${activation}`);
});

test("U-Net: whole, and cut into what depends on the sample and what does not", async () => {
  const { program, prologue, body } = await denoiser(2);
  await expectSnapshot(program, "unet");
  await expectSnapshot(prologue, "unet-prologue");
  await expectSnapshot(body, "unet-body");
});

test("MoVQ: encoder, decoder, quantizer", async () => {
  await expectSnapshot(await movq([1, 3, 32, 64], movqEncoder), "movq-encoder");
  await expectSnapshot(await movq([1, 4, 4, 8], movqDecoder), "movq-decoder");
  await expectSnapshot(await movq([1, 4, 4, 8], quantize), "movq-quantizer");
});
