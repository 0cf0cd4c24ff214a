/** Axes by name: a wrong rank is told, never read as zeros. */
import { describe, expect, it } from "vitest";
import { InternalError } from "../errors.js";
import { axisSize, imageShape, sequenceShape } from "./shape.js";

describe("axes of a shape", () => {
  it("are named", () => {
    expect(imageShape([2, 4, 16, 8])).toEqual({ batch: 2, channels: 4, height: 16, width: 8 });
    expect(sequenceShape([1, 7, 32])).toEqual({ batch: 1, length: 7, width: 32 });
    expect([axisSize([3, 5], 0), axisSize([3, 5], 1), axisSize([3, 5], -1)]).toEqual([3, 5, 5]);
  });

  it.each([
    () => imageShape([4, 16, 8]),
    () => imageShape([1, 2, 4, 16, 8]),
    () => sequenceShape([7, 32]),
    () => axisSize([3, 5], 2),
    () => axisSize([3, 5], -3),
    () => axisSize([], 0),
  ])("of another rank are an internal error", (ask) => {
    expect(ask).toThrow(InternalError);
  });
});
