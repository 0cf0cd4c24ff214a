import { expect, test } from "vitest";
import { repaintMaskOf } from "../../../image/masks/mask.js";
import { pixelsOf } from "../../../image/pixels.js";
import { extendPicture } from "./extend.js";

const picture = pixelsOf(
  80,
  96,
  Uint8Array.from({ length: 80 * 96 * 3 }, (_, index) => index % 251),
);
const none = { left: 0, top: 0, right: 0, bottom: 0 };

test("the new part is masked, the old one lies in its place, and the seam fades into it", () => {
  const extended = extendPicture(picture, undefined, { ...none, left: 30, top: 10 });
  expect([extended.picture.width, extended.picture.height]).toEqual([110, 106]);
  const at = (x: number, y: number): number => extended.mask.data[y * 110 + x] ?? -1;
  expect([at(0, 0), at(29, 50), at(60, 9)]).toEqual([255, 255, 255]);
  // 80 / 16 = 5 pixels of seam, from the old border inwards.
  expect([30, 31, 32, 33, 34, 35].map((x) => at(x, 60))).toEqual([213, 170, 128, 85, 42, 0]);
  expect([10, 11, 12, 13, 14, 15].map((y) => at(70, y))).toEqual([213, 170, 128, 85, 42, 0]);
  expect(at(109, 105)).toBe(0);
  const start = (20 * 110 + 50) * 3;
  const old = (10 * 80 + 20) * 3;
  expect(extended.picture.data.subarray(start, start + 3)).toEqual(picture.data.subarray(old, old + 3));
});

test("new pixels repeat the border", () => {
  const extended = extendPicture(picture, undefined, { ...none, bottom: 5 });
  const last = extended.picture.data.subarray(100 * 80 * 3, 101 * 80 * 3);
  expect(last).toEqual(picture.data.subarray(95 * 80 * 3, 96 * 80 * 3));
});

test("a mask of the old part is kept", () => {
  const mask = repaintMaskOf(80, 96, new Uint8Array(80 * 96));
  mask.data[50 * 80 + 40] = 200;
  const extended = extendPicture(picture, mask, { ...none, right: 16 });
  expect(extended.mask.data[50 * 96 + 40]).toBe(200);
  expect(extended.mask.data[50 * 96 + 41]).toBe(0);
});

test("a picture of one pixel has no room for a seam", () => {
  const one = extendPicture(pixelsOf(1, 1, Uint8Array.of(1, 2, 3)), undefined, { ...none, left: 2, right: 1 });
  expect(one.mask.data).toEqual(Uint8Array.of(255, 255, 0, 255));
});
