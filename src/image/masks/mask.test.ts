import { expect, test } from "vitest";
import { boundsOf, repaintMaskOf } from "./mask.js";

test("bounds hold everything that is not kept", () => {
  const data = new Uint8Array(20);
  expect(boundsOf(repaintMaskOf(5, 4, data))).toBeUndefined();
  data[7] = 1;
  expect(boundsOf(repaintMaskOf(5, 4, data))).toEqual({ left: 2, top: 1, width: 1, height: 1 });
  data[19] = 255;
  expect(boundsOf(repaintMaskOf(5, 4, data))).toEqual({ left: 2, top: 1, width: 3, height: 3 });
});
