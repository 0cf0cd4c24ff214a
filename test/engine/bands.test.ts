/** MoVQ in bands gives the picture, and the latents, that it gives whole. */
import { describe, expect, test } from "vitest";
import { BUNDLED_MODEL } from "../../src/loading/bundled-model.js";
import { bandsOf } from "../../src/engine/execution/banded-run.js";
import { decodeLatents, encodeImages } from "../../src/engine/components/image-codec.js";
import { openModelComponents } from "../../src/loading/model-components.js";
import { Workplace } from "../../src/engine/residency/workplace.js";
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { drawNoise, TorchGenerator } from "../../src/tensor/random.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { diffusersFixture } from "../support/goldens.js";

function psnr(expected: Tensor, actual: Tensor, range: number): number {
  expect(actual.shape).toEqual(expected.shape);
  const squares = expected.data.reduce((sum, value, index) => sum + (value - (actual.data[index] ?? NaN)) ** 2, 0);
  return 10 * Math.log10((range * range * expected.data.length) / squares);
}

describe.each([
  { name: "bundled", path: BUNDLED_MODEL, height: 32, width: 20 },
  { name: "tiny", path: diffusersFixture("tiny"), height: 16, width: 8 },
])("$name", ({ path, height, width }) => {
  test.each([4, 7, 11])("bands of %i rows, both ways", { timeout: 120_000 }, async (rows) => {
    const { movq } = await openModelComponents(path, undefined);
    const scale = 2 ** (movq.config.block_out_channels.length - 1);
    const noise = (shape: number[]): Tensor => drawNoise([new TorchGenerator(1n)], shape);
    const latents = noise([1, movq.config.vq_embed_dim, height, width]);
    const images = noise([1, 3, height * scale, width * scale]);
    const engine = InferenceProcess.start({});
    const place = new Workplace(engine, false);
    try {
      const picture = await decodeLatents(place, movq, latents);
      expect(psnr(picture, await decodeLatents(place, movq, latents, rows), 1)).toBeGreaterThan(60);
      const encoded = await encodeImages(place, movq, images);
      const range = Math.max(...encoded.data) - Math.min(...encoded.data);
      expect(psnr(encoded, await encodeImages(place, movq, images, rows), range)).toBeGreaterThan(60);
    } finally {
      await engine.close();
    }
  });
});

test("bands are of one size, cover every row once, and have margins but at the borders", () => {
  for (const total of [8, 9, 64, 65]) {
    for (const rows of [3, 5, 8, 70]) {
      const bands = bandsOf({ total, rows, margin: 1 });
      expect(bands.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, row) => from + row))).toEqual(
        Array.from({ length: total }, (_, row) => row),
      );
      for (const { start, from, to } of bands) {
        const end = start + Math.min(rows, total);
        expect(start >= 0 && end <= total).toBe(true);
        expect(start === 0 || from - start >= 1).toBe(true);
        expect(end === total || end - to >= 1).toBe(true);
      }
    }
  }
  expect(() => bandsOf({ total: 9, rows: 2, margin: 1 })).toThrow(/nothing between margins/);
});
