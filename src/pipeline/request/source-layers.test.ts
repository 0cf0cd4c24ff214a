/** What of a picture is its mask. */
import { expect, test } from "vitest";
import { pixelsOf } from "../../image/pixels.js";
import { repaintMaskOf } from "../../image/masks/mask.js";
import { inputsFromLayers } from "./source-layers.js";

const pixels = pixelsOf(2, 1, new Uint8Array(6));
const alpha = Uint8Array.of(255, 0);

test("the transparent part is the mask, which a notice says in the library's words", () => {
  expect(inputsFromLayers({ pixels, alpha }, false, {})).toEqual({
    inputs: { image: pixels, mask: repaintMaskOf(2, 1, Uint8Array.of(0, 255)) },
    notices: [
      {
        message: "the transparent part of the picture is repainted; give strength to change all of it",
        options: ["strength"],
      },
    ],
  });
});

test("invertMask repaints what is opaque", () => {
  const { inputs, notices } = inputsFromLayers({ pixels, alpha }, false, { invertMask: true });
  expect(inputs.mask?.data).toEqual(Uint8Array.of(255, 0));
  expect(notices[0]?.message).toMatch(/^the opaque part of the picture is repainted/);
});

test("a strength, or no transparency leave it alone", () => {
  for (const [layers, strength] of [
    [{ pixels, alpha }, 0.5] as const,
    [{ pixels, alpha: undefined }, undefined] as const,
  ]) {
    expect(inputsFromLayers(layers, false, { strength })).toEqual({ inputs: { image: pixels }, notices: [] });
  }
});
