import sharp from "sharp";
import { expect, test } from "vitest";
import { boundsOf, repaintMaskOf, readMask } from "./mask.js";

const png = (data: number[], channels: 1 | 2 | 3 | 4, width = data.length / channels): Promise<Buffer> =>
  sharp(Uint8Array.from(data), { raw: { width, height: 1, channels } })
    .png()
    .toBuffer();

test("brightness is what counts: grey, colours, and an alpha channel that is opaque", async () => {
  expect((await readMask(await png([0, 100, 255], 1))).data).toEqual(Uint8Array.of(0, 100, 255));
  // Pillow's convert("L") of pure red, green and blue.
  expect((await readMask(await png([255, 0, 0, 0, 255, 0, 0, 0, 255], 3))).data).toEqual(Uint8Array.of(76, 150, 29));
  expect((await readMask(await png([255, 255, 255, 255, 0, 0, 0, 255], 4))).data).toEqual(Uint8Array.of(255, 0));
});

test("where there is transparency, it is the mask, whatever the colours", async () => {
  expect((await readMask(await png([9, 200, 30, 255, 255, 255, 255, 0, 0, 0, 0, 55], 4))).data).toEqual(
    Uint8Array.of(0, 255, 200),
  );
  expect((await readMask(await png([255, 255, 255, 0], 2))).data).toEqual(Uint8Array.of(0, 255));
});

test("bounds hold everything that is not kept", () => {
  const data = new Uint8Array(20);
  expect(boundsOf(repaintMaskOf(5, 4, data))).toBeUndefined();
  data[7] = 1;
  expect(boundsOf(repaintMaskOf(5, 4, data))).toEqual({ left: 2, top: 1, width: 1, height: 1 });
  data[19] = 255;
  expect(boundsOf(repaintMaskOf(5, 4, data))).toEqual({ left: 2, top: 1, width: 3, height: 3 });
});
