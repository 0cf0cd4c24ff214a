/** Pictures and masks brought to the original's size, against its goldens of kind `preprocess`, and the arrays of its pipeline. */
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/errors.js";
import { readPicture } from "../../../src/image/reading/decode.js";
import { readMask } from "../../../src/image/reading/image-input.js";
import { repaintMaskOf } from "../../../src/image/masks/mask.js";
import { prepareMask, resizeMaskLinearly } from "../../../src/image/masks/original-mask.js";
import { pixelsOf, tensorFromPixels } from "../../../src/image/pixels.js";
import { resizePixels } from "../../../src/image/resize.js";
import { originalCanvas } from "../../../src/pipeline/plan/inpainting/original-canvas.js";
import { tensor, type Tensor } from "../../../src/tensor/tensor.js";
import { expectClose, largestDifference } from "../../support/closeness.js";
import { type GoldenCase, original } from "../../support/goldens.js";

interface PreprocessCase extends GoldenCase {
  readonly image: string;
  readonly mask: string;
  readonly mask_mode: "scaled" | "prepare_mask";
  /** The goldens keep every so many rows and columns. */
  readonly stride: number;
  readonly size: readonly [number, number];
  readonly tolerance: { readonly resized_image: number; readonly resized_mask: number };
  readonly files: { readonly resized_image: string; readonly resized_mask: string };
}

describe.each(original.cases<PreprocessCase>("preprocess"))("$id", (golden) => {
  const [width, height] = golden.size;
  const read = async () => {
    const mask = await readMask(original.path(golden.mask));
    return {
      picture: await readPicture(original.path(golden.image)),
      mask: golden.mask_mode === "prepare_mask" ? prepareMask(mask) : mask,
    };
  };

  test("the canvas has the reference's size", async () => {
    const canvas = originalCanvas(await read(), 8);
    expect([canvas.width, canvas.height]).toEqual([width, height]);
    expect(canvas.picture.shape).toEqual([1, 3, height, width]);
    expect([canvas.repaint.height, canvas.repaint.width]).toEqual([height / 8, width / 8]);
  });

  test("picture and mask are resized as the reference does", async () => {
    const { picture, mask } = await read();
    const pixels = resizePixels(picture, width, height);
    const values = sampled([...pixels.data], width, 3, golden.stride);
    const expected = original.array(golden.files.resized_image);
    const { difference } = largestDifference(values, expected.data as ArrayLike<number>);
    expect(values).toHaveLength(expected.data.length);
    expect(difference).toBeLessThanOrEqual(golden.tolerance.resized_image);

    const resized = sampled([...resizeMaskLinearly(mask, width, height)], width, 1, golden.stride);
    const expectedMask = original.array(golden.files.resized_mask);
    expect(resized).toHaveLength(expectedMask.data.length);
    expect(largestDifference(resized, expectedMask.data as ArrayLike<number>).difference).toBeLessThanOrEqual(
      golden.tolerance.resized_mask,
    );
  });
});

/** Every `stride`-th pixel of every `stride`-th row. */
function sampled(values: readonly number[], width: number, channels: number, stride: number): number[] {
  return values.filter((_, index) => {
    const pixel = Math.floor(index / channels);
    return (pixel % width) % stride === 0 && Math.floor(pixel / width) % stride === 0;
  });
}

interface InpaintingCase extends GoldenCase {
  readonly input_image: string;
  readonly input_mask: string;
  readonly mask_mode?: "prepare_mask";
  readonly files: Readonly<Record<string, string | { readonly file: string }>>;
}

const traced = original.cases<InpaintingCase>("inpainting").filter(({ files }) => "latent_mask" in files);

describe.each(traced)("$id", ({ input_image: image, input_mask: maskFile, mask_mode: mode, files }) => {
  test("what the networks see equals the reference", async () => {
    const mask = await readMask(original.path(maskFile));
    const canvas = originalCanvas(
      { picture: await readPicture(original.path(image)), mask: mode === "prepare_mask" ? prepareMask(mask) : mask },
      8,
    );
    const expectEqual = (name: string, actual: Tensor): void => {
      const file = files[name];
      if (typeof file === "string") {
        expectClose(actual, original.tensor(file), 1e-6, name);
      }
    };
    expectEqual("masked_image", canvas.masked);
    const { width: columns, height: rows, data } = canvas.repaint;
    expectEqual(
      "latent_mask",
      tensor(
        [1, 1, rows, columns],
        Float32Array.from(data, (value) => 1 - value),
      ),
    );
  });
});

test("a picture with a side under 64 pixels has no raw output", () => {
  const small = {
    picture: pixelsOf(63, 64, new Uint8Array(63 * 64 * 3)),
    mask: repaintMaskOf(63, 64, new Uint8Array(63 * 64)),
  };
  expect(() => originalCanvas(small, 8)).toThrow(UsageError);
  expect(() => originalCanvas(small, 8)).toThrow("got 63 x 64 pixels, expected at least 64 a side");
});

test("a mask that is kept everywhere blanks nothing", () => {
  const pixels = pixelsOf(64, 64, new Uint8Array(64 * 64 * 3).fill(200));
  const canvas = originalCanvas({ picture: pixels, mask: repaintMaskOf(64, 64, new Uint8Array(64 * 64)) }, 8);
  expect(canvas.masked.data).toEqual(canvas.picture.data);
  expect(canvas.repaint.data.every((value) => value === 0)).toBe(true);
  const decoded = tensorFromPixels([pixels]);
  expect(canvas.finish(decoded)).toBe(decoded);
});
