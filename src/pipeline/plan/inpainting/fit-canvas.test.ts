import { describe, expect, test } from "vitest";
import { boundsOf, type RepaintMask, repaintMaskOf } from "../../../image/masks/mask.js";
import { type Pixels, pixelsFromTensor, pixelsOf } from "../../../image/pixels.js";
import { tensor, type Tensor } from "../../../tensor/tensor.js";
import type { Canvas } from "./canvas.js";
import { fitCanvas, type FitOptions } from "./fit-canvas.js";

const MODEL: FitOptions = {
  area: "whole",
  padding: 32,
  blur: 0,
  model: { width: 128, height: 128 },
  scale: 8,
  multiple: 64,
};

/** Bytes that look like noise and are the same in every run. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) >> 16);
}

const pictureOf = (width: number, height: number): Pixels => pixelsOf(width, height, noise(width * height * 3, 1));

function maskWhere(width: number, height: number, value: (x: number, y: number) => number): RepaintMask {
  return repaintMaskOf(
    width,
    height,
    Uint8Array.from({ length: width * height }, (_, pixel) => value(pixel % width, Math.floor(pixel / width))),
  );
}

/** A decoded picture of the canvas' size in which every value is `value`. */
function decodedOf(canvas: Canvas, value: number): Tensor {
  const [, , height = 0, width = 0] = canvas.picture.shape;
  const decoded = tensor([1, height, width, 3]);
  decoded.data.fill(value);
  return decoded;
}

const SIZES = [
  [1, 1],
  [3, 700],
  [700, 3],
  [64, 64],
  [128, 128],
  [100, 75],
  [333, 250],
  [400, 170],
] as const;
const MASKS: Readonly<Record<string, (x: number, y: number, width: number, height: number) => number>> = {
  empty: () => 0,
  full: () => 255,
  "one pixel": (x, y) => (x === 0 && y === 0 ? 255 : 0),
  "soft edged": (x, _y, width) => Math.round((255 * x) / width),
  faint: (x, y) => ((x + y) % 7 === 0 ? 1 : 0),
  corner: (x, y, width, height) => (x > width * 0.8 && y > height * 0.8 ? 255 : 0),
};

describe.each(SIZES)("a picture of %i x %i", (width, height) => {
  describe.each(Object.entries(MASKS))("with a mask that is %s", (_, shape) => {
    test.each([
      { area: "whole", blur: 0 },
      { area: "only", blur: 0 },
      { area: "whole", blur: 5 },
      { area: "only", blur: 5 },
    ] as const)("keeps every byte that the mask does not name ($area, blur $blur)", (options) => {
      const picture = pictureOf(width, height);
      const mask = maskWhere(width, height, (x, y) => shape(x, y, width, height));
      const canvas = fitCanvas({ picture, mask }, { ...MODEL, ...options });
      const [, , rows = 0, columns = 0] = canvas.picture.shape;
      expect([rows % 64, columns % 64]).toEqual([0, 0]);
      expect([canvas.repaint.height, canvas.repaint.width]).toEqual([rows / 8, columns / 8]);
      expect([canvas.width, canvas.height]).toEqual([width, height]);

      const [result] = pixelsFromTensor(canvas.finish(decodedOf(canvas, 0.25)));
      let [spoilt, changed] = [0, 0];
      mask.data.forEach((value, pixel) => {
        const same = [0, 1, 2].every((channel) => {
          const index = pixel * 3 + channel;
          return result?.data[index] === picture.data[index];
        });
        spoilt += value === 0 && !same ? 1 : 0;
        changed += value !== 0 && !same ? 1 : 0;
      });
      expect(spoilt).toBe(0);
      if (options.blur === 0 && mask.data.includes(255)) {
        expect(changed).toBeGreaterThan(0);
      }
      // The network is told that something is to be made again wherever the mask says so, however little.
      expect(canvas.repaint.data.includes(1)).toBe(boundsOf(mask) !== undefined);
      const blanked = canvas.masked.data.some((value, index) => value === 0 && canvas.picture.data[index] !== 0);
      expect(blanked).toBe(boundsOf(mask) !== undefined);
    });
  });
});

test("a hard mask at the picture's own scale is repainted wholly, edge included", () => {
  const picture = pictureOf(128, 64);
  const mask = maskWhere(128, 64, (x) => (x < 40 ? 255 : 0));
  const canvas = fitCanvas({ picture, mask }, MODEL);
  const [result] = pixelsFromTensor(canvas.finish(decodedOf(canvas, 0.25)));
  expect(result?.data.subarray(39 * 3, 40 * 3)).toEqual(Uint8Array.of(64, 64, 64));
  expect(result?.data.subarray(40 * 3, 41 * 3)).toEqual(picture.data.subarray(40 * 3, 41 * 3));
});

test("soft values are mixed", () => {
  const picture = pixelsOf(64, 64, new Uint8Array(64 * 64 * 3).fill(200));
  const mask = maskWhere(64, 64, () => 51);
  const canvas = fitCanvas({ picture, mask }, MODEL);
  const [result] = pixelsFromTensor(canvas.finish(decodedOf(canvas, 0)));
  expect(new Set(result?.data)).toEqual(new Set([160]));
});

test("only the region around the mask is worked on, enlarged for the model", () => {
  const picture = pictureOf(1000, 800);
  const mask = maskWhere(1000, 800, (x, y) => (x >= 500 && x < 530 && y >= 300 && y < 330 ? 255 : 0));
  const only = fitCanvas({ picture, mask }, { ...MODEL, area: "only" });
  const whole = fitCanvas({ picture, mask }, MODEL);
  const share = (canvas: Canvas): number => canvas.repaint.data.filter((value) => value === 1).length;
  expect(only.picture.shape).toEqual([1, 3, 128, 128]);
  expect(share(only)).toBeGreaterThan(10 * share(whole));
  expect(only.notices.join()).toMatch(/made at 128 x 128 and put back at 94 x 94/);
});

test("an empty mask is told of", () => {
  const canvas = fitCanvas({ picture: pictureOf(64, 64), mask: maskWhere(64, 64, () => 0) }, MODEL);
  expect(canvas.notices.join()).toContain("the mask is empty");
});
