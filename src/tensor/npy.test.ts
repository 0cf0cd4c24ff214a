import { describe, expect, test } from "vitest";
import { formatNpy, NpyFormatError, parseNpy } from "./npy.js";
import { tensor } from "./tensor.js";

describe("npy", () => {
  test("a tensor survives the round trip", () => {
    const source = tensor([2, 1, 3], Float32Array.of(1, -2, 3.5, 0, NaN, Infinity));
    const read = parseNpy(formatNpy(source));
    expect(read.shape).toEqual([2, 1, 3]);
    expect(read.data).toEqual(source.data);
  });

  test("the data starts at a multiple of 64 bytes, as numpy writes it", () => {
    for (const shape of [[], [1], [3, 4], [10, 20, 30, 40]]) {
      const file = formatNpy(tensor(shape));
      expect((10 + file.readUInt16LE(8)) % 64).toBe(0);
    }
  });

  test("damaged files are refused with the reason", () => {
    const file = formatNpy(tensor([4]));
    expect(() => parseNpy(file.subarray(0, file.length - 1))).toThrow(NpyFormatError);
    expect(() => parseNpy(Buffer.from("hello, this is no array"))).toThrow("is not an .npy file");
    const fortran = Buffer.from(file.toString("latin1").replace("False", "True "), "latin1");
    expect(() => parseNpy(fortran)).toThrow("Fortran order");
  });
});
